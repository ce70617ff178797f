#pragma once

#include "ccid-passthru/ccid/reader.hpp"
#include "ccid-passthru/usb/bulk_in.hpp"
#include "ccid-passthru/usb/bulk_out.hpp"
#include "ccid-passthru/usb/descriptors.hpp"
#include "ccid-passthru/usb/request.hpp"
#include "ccid-passthru/usb/tap.hpp"

#include <array>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace vscard::ccid_passthru::usb {

/// Requests that an endpoint keeps: a read of 65556 bytes in packets of 64 is 1025 of them.
inline constexpr std::size_t kMaxPendingRequests = 2048;

/// A USB CCID reader for whatever carries USB requests: usbredir, USB/IP. No socket, no clock.
///
/// Control requests are answered at once. A bulk-OUT request is completed at once too, bulk-IN and
/// interrupt-IN requests stay pending until there is something for them; in one endpoint they are
/// completed in their order. A carrier without interrupt requests, as usbredir, takes the
/// notifications itself: at InterruptReady, and after announce_slot() when it begins to listen.
/// Every method returns what is to be done, in order:
///
///     result = device.control(setup);                  also for usbredir's set_configuration
///     actions = device.submit_out(id, address, data, now);
///     actions = device.submit_in(id, address, length);
///     actions = device.cancel(id);
///     actions = device.reset();                        the bus, or a new connection
///     actions = device.insert_card(atr, now);          and so on: the events of ccid::Reader
///     actions = device.expire(now);                    when deadline() has come
///
/// When a guest cancels its last bulk-IN request, it has given up its command: the answer is
/// dropped.
class Device {
 public:
  using Transmit = ccid::Reader::Transmit;
  using AbortTransmit = ccid::Reader::AbortTransmit;
  using PowerCard = ccid::Reader::PowerCard;

  /// The one end of a request that was submitted.
  struct Completed {
    RequestId id{};
    std::uint8_t endpoint = 0;   ///< address, with the direction bit
    Status status{};             ///< no data unless Success
    std::size_t length = 0;      ///< bytes taken from an OUT request, or data.size()
    protocol::SecretBytes data;  ///< of an IN request
    bool operator==(const Completed&) const = default;
  };
  /// There is a notification, and no interrupt request to complete with it.
  struct InterruptReady {
    bool operator==(const InterruptReady&) const = default;
  };
  using Action = std::variant<Completed, InterruptReady, Transmit, AbortTransmit, PowerCard>;
  using Actions = std::vector<Action>;
  /// The others are for the guest.
  static bool is_for_card(const Action& action) {
    return std::holds_alternative<Transmit>(action) ||
           std::holds_alternative<AbortTransmit>(action) ||
           std::holds_alternative<PowerCard>(action);
  }

  struct ControlResult {
    Status status{};                 ///< Success or Stall
    std::vector<std::uint8_t> data;  ///< at most setup.length bytes
    Actions actions;                 ///< an ABORT or a new configuration completes other requests
  };

  /// `tap` sees what passes, and outlives the device; null: nobody does.
  explicit Device(const Identity& identity, ccid::MessageLimits limits = {}, Tap* tap = nullptr);

  const Descriptors& descriptors() const { return descriptors_; }
  Speed speed() const { return descriptors_.speed(); }

  // The guest.

  /// No request that is supported carries data to the device.
  ControlResult control(const Setup& setup);
  Actions submit_out(RequestId id, std::uint8_t address, protocol::Bytes data, protocol::Time now);
  Actions submit_in(RequestId id, std::uint8_t address, std::size_t length);
  /// Completes a pending request as Cancelled. An id that is not pending is ignored.
  Actions cancel(RequestId id);
  /// Not configured any more. Pending requests are completed as Cancelled.
  Actions reset();
  std::uint8_t configuration() const { return configured_ ? kConfigurationValue : 0; }

  /// The slot's state now, once for all changes since it was last taken; nothing if there was none,
  /// if the device is not configured or the endpoint is halted.
  std::optional<ccid::Notification> take_notification();
  /// Makes the slot's state due even though it has not changed.
  Actions announce_slot();

  // The card: see ccid::Reader.

  Actions insert_card(const protocol::iso7816::Atr& atr, protocol::Time now);
  Actions remove_card(protocol::Time now);
  Actions respond(protocol::SecretBytes response);
  Actions fail(protocol::Errc reason);
  bool busy() const { return reader_.busy(); }
  bool settled() const { return reader_.settled(); }

  std::optional<protocol::Time> deadline() const { return reader_.deadline(); }
  Actions expire(protocol::Time now);

 private:
  struct Pending {
    RequestId id{};
    std::size_t length = 0;
  };
  struct Endpoint {
    std::uint8_t address = 0;
    bool halted = false;
    std::deque<Pending> pending;  ///< IN endpoints only
  };

  Endpoint* find_endpoint(std::uint16_t address);
  static Status admit(const Endpoint* endpoint);
  Actions perform(ccid::Reader::Actions actions);
  void perform(ccid::Reader::Actions actions, Actions& out);
  void fill_bulk_in(Actions& out);
  void fill_interrupt(Actions& out);
  std::optional<ccid::Notification> take_from_reader();
  void restart_pipes(Actions& out);

  // The control pipe. Nothing: the request is not supported, a stall.
  using Data = std::optional<std::vector<std::uint8_t>>;
  Data device_request(const Setup& setup, Actions& out);
  Data interface_request(const Setup& setup, Actions& out);
  Data endpoint_request(const Setup& setup, Actions& out);
  Data class_request(const Setup& setup, Actions& out);
  Data set_configuration(std::uint16_t value, Actions& out);
  static void halt(Endpoint& endpoint, Actions& out);
  void clear_halt(Endpoint& endpoint, Actions& out);

  Descriptors descriptors_;
  Tap* tap_;
  ccid::Reader reader_;
  BulkOut bulk_out_;
  BulkIn bulk_in_;
  std::array<Endpoint, 3> endpoints_{{{.address = kBulkOut, .pending = {}},
                                      {.address = kBulkIn, .pending = {}},
                                      {.address = kInterruptIn, .pending = {}}}};
  bool configured_ = false;
};

}  // namespace vscard::ccid_passthru::usb
