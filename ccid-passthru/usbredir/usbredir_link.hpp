#pragma once

#include "ccid-passthru/usbredir/exporter.hpp"
#include "chardev/stream.hpp"
#include "session/ending.hpp"
#include "session/link.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <string>

namespace vscard::ccid_passthru::usbredir {

/// Exports a USB device over one stream after the other; for session::Link. To be used on one
/// executor. A guest that does not read, because its machine is paused, makes nothing grow: its
/// requests are not read meanwhile. It may stay so for as long as it likes.
class UsbredirLink {
 public:
  /// Takes the Transmits and AbortTransmits that the guest's requests lead to. It is called after
  /// every request, also with nothing: the device's deadline() may have changed.
  using CardSide = std::function<void(usb::Device::Actions)>;

  UsbredirLink(const asio::any_io_executor& executor, usb::Device& device, std::string version,
               CardSide card, Notify notify);

  /// One stream, to its end, then the device is reset. Precondition: none is under way.
  Awaitable<session::Ending> serve(chardev::Stream& stream);
  /// What the device has for the guest. Without a stream there is no guest: then it is dropped.
  void perform(usb::Device::Action action);
  /// Unplugs the device and ends the stream that is under way.
  void leave();

 private:
  Awaitable<std::error_code> read();
  Awaitable<std::error_code> write();
  Awaitable<std::error_code> limit_unplug();
  std::error_code receive(protocol::Bytes bytes);
  void flush();

  usb::Device& device_;
  std::string version_;
  CardSide card_;
  Notify notify_;
  chardev::Stream* stream_ = nullptr;               ///< during serve()
  Exporter* exporter_ = nullptr;                    ///< likewise
  std::optional<protocol::SecretBytes> unwritten_;  ///< of a packet that the stream did not take
  bool leaving_ = false;
  bool told_of_rejection_ = false;     ///< in this stream: a guest may repeat it for ever
  asio::steady_timer output_filled_;   ///< never expires: cancelled as a signal
  asio::steady_timer output_drained_;  ///< likewise
  asio::steady_timer unplug_written_;  ///< set by leave()
};

}  // namespace vscard::ccid_passthru::usbredir
