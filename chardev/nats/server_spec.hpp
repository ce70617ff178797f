#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/tls/keys.hpp"
#include "protocol/failure.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vscard::chardev::nats {

/// The servers of nats://HOST:PORT[+HOST:PORT…]/NAME, and how to be let in: what all streams that
/// share a connection have in common. Files are read for each connection anew.
struct Servers {
  std::vector<std::string> hosts;  ///< "HOST:PORT": they are tried in this order
  std::string creds;               ///< file with a JWT and its seed
  std::string user;                ///< a name, or the public nkey that belongs to `nkey`
  std::string nkey;                ///< file with a seed
  std::string password_file;
  std::string inbox = "_INBOX";  ///< the subject below which this side is answered
  bool tls = false;
  std::string ca;           ///< PEM file: who signs the servers' certificates
  std::string cert;         ///< PEM file: this side's
  std::string key;          ///< PEM file: its private key
  std::string server_name;  ///< of the servers' certificates; empty: the host of each

  bool operator==(const Servers&) const = default;
};

struct ServerSpec {
  Servers servers;
  std::string name;                           ///< "card": under which streams are offered
  std::vector<std::string> labels = {};       ///< of a pool: what a card is, or has to be
  std::optional<std::chrono::seconds> lease;  ///< of a pool: how long a stream may last
  std::optional<std::chrono::seconds> wait;   ///< for a pool: how long to wait in its line
  tls::Keys ends = {};                        ///< of the TLS from end to end, within the stream

  /// Others may offer streams under the name, too; each lends one thing to one at a time.
  bool pool() const { return name.starts_with("pool."); }

  /// Do the servers see nothing but TLS?
  bool sealed() const { return !ends.psk.empty() || !ends.pair.empty(); }

  /// "vscard.card": where streams are asked for.
  std::string subject() const { return "vscard." + name; }
};

/// The error is a line for the user.
Result<ServerSpec> parse_servers(const Address& address);
/// What to connect to, in this order: "nats://HOST:PORT". In clear, localhost is what
/// hosts_of() in tcp.hpp says; over TLS its name is checked.
std::vector<std::string> urls_of(const Servers& servers);
/// Are all servers on this machine?
bool on_loopback(const Servers& servers);

/// May a message be sent to what a peer calls its subject? Not to those of the server itself, and
/// not to what is a pattern.
bool is_reply_subject(const std::string& subject);

}  // namespace vscard::chardev::nats
