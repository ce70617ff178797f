#pragma once

#include "capture/capture.hpp"
#include "capture/usb_packet.hpp"
#include "ccid-passthru/ccid/blanking.hpp"
#include "ccid-passthru/usb/descriptors.hpp"
#include "ccid-passthru/usb/tap.hpp"

#include <cstdint>

namespace vscard::ccid_passthru {

/// A reader's USB transfers in a capture, without secrets. Each file begins with the descriptors,
/// whenever a guest has read them: by these Wireshark knows that the device is a card reader.
class UsbCapture final : public usb::Tap {
 public:
  /// `capture` outlives it.
  UsbCapture(capture::Capture& capture, const usb::Identity& identity, ccid::MessageLimits limits);
  ~UsbCapture() override { capture_.remove(interface_); }

 private:
  using Add = capture::Recorder::Add;

  void see_control(const usb::Setup& setup, usb::Status status, protocol::Bytes data) override;
  void see_command(protocol::Bytes message) override;
  void see_reply(protocol::Bytes message) override;
  void see_notification(const ccid::Notification& notification) override;

  void add_descriptors(const usb::Descriptors& descriptors, const Add& add);
  void add_control(const usb::Setup& setup, usb::Status status, protocol::Bytes data,
                   const Add& add);
  void add_data(capture::UsbKind kind, std::uint8_t endpoint, const ccid::BlankedMessage& message);
  Add adding();

  capture::Capture& capture_;
  ccid::MessageBlanking blanking_;
  capture::UsbTransfer place_;  ///< its device and bus, and the last id
  capture::InterfaceId interface_;
};

}  // namespace vscard::ccid_passthru
