#pragma once

#include "async/event.hpp"
#include "ccid-passthru/carrier.hpp"
#include "ccid-passthru/guest_protocol.hpp"
#include "chardev/stream.hpp"

#include <functional>
#include <optional>
#include <system_error>

namespace vscard::ccid_passthru {

/// Joins a protocol and the stream of one guest, for as long as the stream lasts. A guest that does
/// not read, because its machine is paused, makes nothing grow: its requests are not read
/// meanwhile. It may stay so for as long as it likes.
class GuestStream {
 public:
  /// All of them outlive it. `greeted` is called when the guest has greeted.
  GuestStream(chardev::Stream& stream, const CarriedDevice& carried, GuestProtocol& protocol,
              std::function<void()> greeted);

  /// Until the stream ends, fails or breaks the protocol; or until unplug(), and what was to be
  /// written before is, or kWaitForUnplugWritten is over.
  Awaitable<std::error_code> run();
  void perform(usb::Device::Action action);
  void unplug();

 private:
  Awaitable<std::error_code> read();
  Awaitable<std::error_code> write();
  Awaitable<std::error_code> limit_unplug();
  std::error_code receive(protocol::Bytes bytes);
  void report_rejection();
  void flush();

  chardev::Stream& stream_;
  const CarriedDevice& carried_;
  GuestProtocol& protocol_;
  std::function<void()> greeted_;
  std::optional<protocol::SecretBytes> unwritten_;  ///< of a packet that the stream did not take
  bool heard_ = false;                              ///< something from the guest
  bool unplugged_ = false;
  bool rejection_reported_ = false;  ///< a guest may repeat it for ever
  async::Event output_filled_;
  async::Event output_drained_;
  async::Event unplugging_;
};

/// For the next guest: what the reset leads to is for the card alone.
void reset_after_guest(const CarriedDevice& carried);

}  // namespace vscard::ccid_passthru
