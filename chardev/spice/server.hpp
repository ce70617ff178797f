#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/spice/http_tunnel.hpp"
#include "protocol/secret.hpp"

#include <expected>
#include <optional>
#include <string>

namespace vscard::chardev::spice {

/// Whose certificate a TLS server has to show.
struct Trust {
  std::string ca_file;  ///< PEM; empty, with `ca` empty, too: the system's authorities
  std::string ca;       ///< PEM itself
  std::string subject;  ///< "O=Example,CN=vmhost"; empty: the certificate is for `host`
  std::string host;
};

/// A SPICE server and how to get in.
struct Server {
  Address carrier;               ///< tcp or unix
  std::optional<Tunnel> tunnel;  ///< then the carrier leads to a proxy
  std::optional<Trust> trust;    ///< none: in clear
  protocol::SecretBytes password;
};

// Errors are lines for the user.

/// Is it one of spice://HOST:PORT, spice+tls://HOST:PORT, spice+unix:PATH and spice:FILE.vv, with
/// keys that there are? No file is read.
std::expected<void, std::string> check(const Address& address);
/// Where it is, and what a virt-viewer file says. Precondition: check().
std::expected<Server, std::string> find_server(const Address& address);
/// The same with the password that the address's keys name, for which the user may be asked.
std::expected<Server, std::string> read_server(const Address& address);

}  // namespace vscard::chardev::spice
