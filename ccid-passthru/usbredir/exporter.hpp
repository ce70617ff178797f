#pragma once

#include "ccid-passthru/guest_protocol.hpp"
#include "ccid-passthru/usb/device.hpp"
#include "ccid-passthru/usbredir/codec.hpp"

#include <expected>
#include <optional>
#include <string>

namespace vscard::ccid_passthru::usbredir {

/// Exports a USB device over one usbredir stream. Notifications of the interrupt pipe are not
/// queued: take_output() makes one of the slot's state when all else has been taken, so that a
/// guest that does not read costs nothing and then gets the latest.
class Exporter final : public GuestProtocol {
 public:
  /// `version` is what the guest is told about this program.
  Exporter(usb::Device& device, const std::string& version);

  std::expected<Received, std::error_code> receive(protocol::Bytes& input,
                                                   protocol::Time now) override;
  bool in_packet() const override { return codec_.in_packet(); }
  void perform(usb::Device::Action action) override;
  void disconnect() override;
  std::optional<protocol::SecretBytes> take_output() override;
  std::size_t output_bytes() const override { return codec_.output_bytes(); }

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
