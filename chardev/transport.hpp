#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/stream.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace vscard::chardev {

class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  virtual Awaitable<std::expected<std::unique_ptr<Stream>, std::error_code>> accept() = 0;
  /// accept() ends with asio::error::operation_aborted.
  virtual void close() = 0;
  /// With the port that the system chose, if it was to choose one.
  virtual std::string address() const = 0;
};

struct ConnectError {
  enum class Remedy {
    TryAgain,  ///< refused, reset, not there yet
    GiveUp,    ///< it would fail the same way again
  };
  std::string text;  ///< what failed, without the address
  Remedy remedy = Remedy::TryAgain;
  std::error_code reason = {};  ///< if it is known: for a layer above that can say more
};

using Connected = std::expected<std::unique_ptr<Stream>, ConnectError>;

/// A way to carry bytes, one file each. Errors of `check` and `listen` are lines for the user that
/// name what is wrong with the address.
struct Transport {
  std::string_view scheme;
  /// Is the address well formed? Asked before anything is opened.
  Result<> (*check)(const Address&);
  /// Could another machine read along, or connect?
  bool (*reachable_unencrypted)(const Address&);
  Awaitable<Connected> (*connect)(asio::any_io_executor, Address);
  Result<std::unique_ptr<Listener>> (*listen)(asio::any_io_executor, const Address&);
};

extern const Transport kTcp;
extern const Transport kUnix;

/// Those that every program has.
std::span<const Transport* const> standard_transports();

/// The transport of an address that has passed its check.
Result<const Transport*> find_transport(std::span<const Transport* const> transports,
                                        const Address& address);

}  // namespace vscard::chardev
