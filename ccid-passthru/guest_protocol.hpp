#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"
#include "protocol/time.hpp"

#include <expected>
#include <optional>
#include <system_error>

namespace vscard::ccid_passthru {

/// The reader's side of a protocol that carries USB requests over one stream: usbredir, USB/IP. No
/// I/O, no clock. It lives as long as the stream; the device outlives it and is reset in between.
///
///     protocol.receive(input, now)     bytes from the guest; again, until `input` is used up
///     protocol.perform(completed)      what the device has for the guest
///     protocol.take_output()           bytes for the guest, until there are none
///
/// Answers are queued, so `input` is to wait while output_bytes() is large.
class GuestProtocol {
 public:
  GuestProtocol() = default;
  GuestProtocol(const GuestProtocol&) = delete;
  GuestProtocol& operator=(const GuestProtocol&) = delete;
  virtual ~GuestProtocol() = default;

  struct Received {
    usb::Device::Actions for_card;  ///< as Device::is_for_card() says
    bool greeted = false;           ///< the guest has said what begins the protocol
    bool rejected = false;          ///< the guest does not take the device
  };
  /// Takes the next request off the front of `input`, or all of it. After an error the stream is of
  /// no use any more.
  virtual std::expected<Received, std::error_code> receive(protocol::Bytes& input,
                                                           protocol::Time now) = 0;
  /// Is part of a packet taken, and the rest not yet there?
  virtual bool in_packet() const = 0;

  /// A Transmit or an AbortTransmit is for the card: nothing goes to the guest.
  virtual void perform(usb::Device::Action action) = 0;
  /// The device is unplugged: what says so is the last output.
  virtual void disconnect() = 0;

  /// The next packet to write.
  virtual std::optional<protocol::SecretBytes> take_output() = 0;
  /// Of answers that are still to be taken.
  virtual std::size_t output_bytes() const = 0;
};

}  // namespace vscard::ccid_passthru
