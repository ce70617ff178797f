#pragma once

#include "ccid-passthru/guest_protocol.hpp"
#include "ccid-passthru/usb/device.hpp"
#include "ccid-passthru/usbip/request_decoder.hpp"

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <system_error>

namespace vscard::ccid_passthru::usbip {

/// Exports a USB device over a USB/IP connection whose client has imported it. Every transfer gets
/// one answer: RET_SUBMIT, or RET_UNLINK with -ECONNRESET when the client took it back in time. A
/// client that gets both, or none, gives up the device. A transfer that asks for an interrupt waits
/// until there is one.
class Exporter final : public GuestProtocol {
 public:
  /// `first` is the first output: the answer to the import.
  Exporter(usb::Device& device, protocol::SecretBytes first);

  std::expected<Received, std::error_code> receive(protocol::Bytes& input,
                                                   protocol::Time now) override;
  bool in_packet() const override { return decoder_.in_request(); }
  void perform(usb::Device::Action action) override;
  /// USB/IP has no word for it: the end of the connection is the unplugging.
  void disconnect() override {}
  std::optional<protocol::SecretBytes> take_output() override;
  std::size_t output_bytes() const override { return output_bytes_; }

 private:
  /// What is kept of a transfer until it is answered.
  struct Awaited {
    std::uint32_t length = 0xffffffff;
    bool short_is_error = false;
    std::uint32_t iso_packets = 0;
  };

  void handle(const Submit& submit, protocol::Time now, Received& received);
  void handle(const Unlink& unlink, protocol::Time now, Received& received);
  void control(const Submit& submit, Received& received);
  void sort(usb::Device::Actions actions, Received& received);
  Awaited take_awaited(std::uint32_t sequence);
  void push(protocol::SecretBytes packet);

  usb::Device& device_;
  RequestDecoder decoder_;
  std::map<std::uint32_t, Awaited> awaited_;  ///< by sequence; as bounded as the device's requests
  std::deque<protocol::SecretBytes> output_;
  std::size_t output_bytes_ = 0;
};

}  // namespace vscard::ccid_passthru::usbip
