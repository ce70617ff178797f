#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/lending.hpp"
#include "chardev/pairing.hpp"
#include "chardev/stream.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace vscard::chardev {

/// Why accept() gives no stream. One connection that came to nothing does not end the listener.
struct AcceptError {
  std::error_code reason = {};  ///< of the listener: it takes no connection now
  std::string remote = {};      ///< or of a connection: who it was, for log lines
  std::string text = {};        ///< and why it came to nothing

  // Implicit: most listeners have no other errors.
  AcceptError(std::error_code code) : reason(code) {}  // NOLINT(google-explicit-constructor)
  AcceptError(std::string who, std::string why) : remote(std::move(who)), text(std::move(why)) {}
};

class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  virtual Awaitable<std::expected<std::unique_ptr<Stream>, AcceptError>> accept() = 0;
  /// accept() ends with asio::error::operation_aborted.
  virtual void close() = 0;
  /// With the port that the system chose, if it was to choose one.
  virtual std::string address() const = 0;
  /// Where its peers are paired; null: elsewhere, or nowhere. Valid as long as the listener.
  virtual Pairing* pairing() { return nullptr; }
  /// … where they are lent; null: they are not.
  virtual Lending* lending() { return nullptr; }
};

struct ConnectError {
  enum class Remedy {
    TryAgain,  ///< refused, reset, not there yet
    GiveUp,    ///< it would fail the same way again
    GoOn,      ///< not a failure: it waits in line, and is to be asked again at once
  };
  std::string text;  ///< what failed, without the address
  Remedy remedy = Remedy::TryAgain;
  std::error_code reason = {};  ///< if it is known: for a layer above that can say more
};

using Connected = std::expected<std::unique_ptr<Stream>, ConnectError>;

/// Connects to one address, as often as it is asked. What it needs for that it reads once and owns:
/// a password, which goes with it.
class Connector {
 public:
  Connector() = default;
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  virtual ~Connector() = default;

  /// One try. Precondition: none is under way. This must outlive it.
  virtual Awaitable<Connected> connect() = 0;
};

/// A way to carry bytes, one file each. Errors of `check` and `listen` are lines for the user that
/// name what is wrong with the address.
struct Transport {
  std::string_view scheme;
  /// Is the address well formed? Asked before anything is opened.
  Result<> (*check)(const Address&);
  /// Could another machine read along, or connect?
  bool (*reachable_unencrypted)(const Address&);
  std::unique_ptr<Connector> (*connector)(asio::any_io_executor, Address);
  Result<std::unique_ptr<Listener>> (*listen)(asio::any_io_executor, const Address&);
  std::optional<Endpoint::Mode> only = {};  ///< the one mode that it has; nothing: both
  bool absent = false;                      ///< this build does not have it; `check` says why
  /// What it connects to is there once: a link ends with the first stream. One that the peer closes
  /// is then not a failure.
  bool once = false;
  /// An address that encrypts, for the line that refuses one that is reachable_unencrypted.
  std::string (*encrypted)(const Address&) = nullptr;
};

using Connect = Awaitable<Connected> (*)(asio::any_io_executor, Address);
std::unique_ptr<Connector> make_plain_connector(asio::any_io_executor executor, Address address,
                                                Connect connect);
/// For the table of a transport that needs to remember nothing from one try to the next.
template <Connect connect>
std::unique_ptr<Connector> plain_connector(asio::any_io_executor executor, Address address) {
  return make_plain_connector(std::move(executor), std::move(address), connect);
}

/// For those that connect once.
Awaitable<Connected> connect_once(const Transport& transport, asio::any_io_executor executor,
                                  Address address);

extern const Transport kExec;
extern const Transport kFd;
extern const Transport kPty;
extern const Transport kSerial;
extern const Transport kTcp;
extern const Transport kUnix;
extern const Transport kVsock;

/// Those that every program has.
std::span<const Transport* const> standard_transports();

/// The transport of an address that has passed its check.
Result<const Transport*> find_transport(std::span<const Transport* const> transports,
                                        const Address& address);
/// … and that can do what the endpoint says: some only connect, or only listen.
Result<const Transport*> find_transport(std::span<const Transport* const> transports,
                                        const Endpoint& endpoint);

}  // namespace vscard::chardev
