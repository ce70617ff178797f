#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "fuzz/script.hpp"
#include "tests/ccid-passthru/usb/request_oracle.hpp"

namespace vscard::fuzz {

/// A configured device; its host uses all pipes. Each request has one end, or it traps.
class DeviceHarness {
 public:
  DeviceHarness() { check(device_.control({.request = 9, .value = 1}).actions); }

  void host(std::uint8_t event, protocol::Bytes bytes) {
    const auto endpoint = std::array{ccid_passthru::usb::kBulkOut, ccid_passthru::usb::kBulkIn,
                                     ccid_passthru::usb::kInterruptIn}
                              .at(event % 3);
    switch (event / 4 % 8) {
      case 0:
        control(bytes);
        break;
      case 1:
        check(device_.cancel(ccid_passthru::usb::RequestId{last_ - event / 32}));
        break;
      case 2:
        check(event > 200 ? device_.reset() : device_.announce_slot());
        break;
      case 3:
        device_.take_notification();
        break;
      case 4:
      case 5:
        oracle_.submitted(ccid_passthru::usb::RequestId{++last_}, endpoint, bytes.size() * 8);
        check(device_.submit_in(ccid_passthru::usb::RequestId{last_}, endpoint, bytes.size() * 8));
        break;
      default:
        oracle_.submitted(ccid_passthru::usb::RequestId{++last_}, ccid_passthru::usb::kBulkOut,
                          bytes.size());
        check(device_.submit_out(ccid_passthru::usb::RequestId{last_}, ccid_passthru::usb::kBulkOut,
                                 bytes, now_));
        break;
    }
  }
  void card(std::uint8_t event) {
    if (ends_a_command(event)) transmitting_ = false;
    check(perform_card_event(device_, event, now_));
  }

 private:
  void control(protocol::Bytes bytes) {
    protocol::ByteReader in(bytes);
    ccid_passthru::usb::Setup setup;
    setup.request_type = in.u8();
    setup.request = in.u8();
    setup.value = in.u16_le();
    setup.index = in.u16_le();
    setup.length = in.u16_le();
    const auto result = device_.control(setup);
    if (result.data.size() > setup.length) __builtin_trap();
    check(result.actions);
  }
  void check(const ccid_passthru::usb::Device::Actions& actions) {
    if (!oracle_.accepts(actions)) __builtin_trap();
    for (const auto& action : actions) {
      if (std::holds_alternative<ccid_passthru::usb::Device::Transmit>(action))
        transmitting_ = true;
      if (std::holds_alternative<ccid_passthru::usb::Device::AbortTransmit>(action))
        transmitting_ = false;
    }
    if (transmitting_ != device_.busy()) __builtin_trap();
  }

  ccid_passthru::usb::Device device_{{.id = {}, .serial = "1", .name = "fuzz"},
                                     {ccid_passthru::ccid::kMinMessage}};
  ccid_passthru::usb::test::RequestOracle oracle_;
  std::uint64_t last_ = 0;
  bool transmitting_ = false;
  protocol::Time now_;
};

}  // namespace vscard::fuzz
