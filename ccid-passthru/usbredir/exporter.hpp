#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "ccid-passthru/usbredir/codec.hpp"

#include <expected>
#include <optional>
#include <string>

namespace vscard::ccid_passthru::usbredir {

/// Exports a USB device over one usbredir stream: no I/O, no clock. It lives as long as the stream;
/// the device outlives it and is reset in between.
///
///     exporter.receive(input, now)     bytes from the guest; again, until `input` is used up
///     exporter.perform(completed)      what the device has for the guest
///     exporter.take_output()           bytes for the guest, until there are none
///
/// Answers are queued, so `input` is to wait while output_bytes() is large. Notifications of the
/// interrupt pipe are not queued: take_output() makes one of the slot's state when all else has
/// been taken, so that a guest that does not read costs nothing and then gets the latest.
class Exporter {
 public:
  /// `version` is what the guest is told about this program.
  Exporter(usb::Device& device, const std::string& version);

  struct Received {
    usb::Device::Actions for_card;  ///< as Device::is_for_card() says
    bool greeted = false;           ///< the guest's hello has come
    bool rejected = false;          ///< the guest does not take the device
  };
  /// Takes the next request off the front of `input`, or all of it. After an error the stream is of
  /// no use any more.
  std::expected<Received, Errc> receive(protocol::Bytes& input, protocol::Time now);

  /// Is part of a packet taken, and the rest not yet there?
  bool in_packet() const { return codec_.in_packet(); }

  /// A Transmit or an AbortTransmit is for the card: nothing goes to the guest.
  void perform(usb::Device::Action action);
  /// The last packet: the device is unplugged.
  void disconnect();

  /// The next packet to write.
  std::optional<protocol::SecretBytes> take_output();
  /// Of answers that are still to be taken.
  std::size_t output_bytes() const { return codec_.output_bytes(); }

 private:
  void handle(const Hello& request, Received& received);
  void handle(const Reset& request, Received& received);
  void handle(const SetConfiguration& request, Received& received);
  void handle(const GetConfiguration& request, Received& received);
  void handle(const SetAltSetting& request, Received& received);
  void handle(const GetAltSetting& request, Received& received);
  void handle(const StartInterruptReceiving& request, Received& received);
  void handle(const StopInterruptReceiving& request, Received& received);
  void handle(const CancelDataPacket& request, Received& received);
  static void handle(const FilterReject& request, Received& received);
  void handle(const ControlPacket& request, Received& received);
  void handle(const BulkPacket& request, Received& received);

  usb::Device::ControlResult control(const usb::Setup& setup, Received& received);
  bool answer_interrupts(usb::RequestId id, std::uint8_t endpoint);
  void sort(usb::Device::Actions actions, Received& received);

  usb::Device& device_;
  Codec codec_;
  protocol::Time now_;  ///< of the request that is being handled
  bool receives_interrupts_ = false;
};

}  // namespace vscard::ccid_passthru::usbredir
