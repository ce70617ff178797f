#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "fuzz/script.hpp"
#include "tests/ccid-passthru/usb/request_ledger.hpp"

namespace vscard::fuzz {

/// A configured device; its host uses all pipes. Each request has one end, or it traps.
class DeviceDesk {
 public:
  DeviceDesk() { check(device_.control({.request = 9, .value = 1}).actions); }

  void host(std::uint8_t event, protocol::Bytes bytes) {
    const auto endpoint = std::array{usb::kBulkOut, usb::kBulkIn, usb::kInterruptIn}.at(event % 3);
    switch (event / 4 % 8) {
      case 0:
        control(bytes);
        break;
      case 1:
        check(device_.cancel(usb::RequestId{last_ - event / 32}));
        break;
      case 2:
        check(event > 200 ? device_.reset() : device_.announce_slot());
        break;
      case 3:
        device_.take_notification();
        break;
      case 4:
      case 5:
        ledger_.submitted(usb::RequestId{++last_}, endpoint, bytes.size() * 8);
        check(device_.submit_in(usb::RequestId{last_}, endpoint, bytes.size() * 8));
        break;
      default:
        ledger_.submitted(usb::RequestId{++last_}, usb::kBulkOut, bytes.size());
        check(device_.submit_out(usb::RequestId{last_}, usb::kBulkOut, bytes, now_));
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
    usb::Setup setup;
    setup.request_type = in.u8();
    setup.request = in.u8();
    setup.value = in.u16_le();
    setup.index = in.u16_le();
    setup.length = in.u16_le();
    const auto result = device_.control(setup);
    if (result.data.size() > setup.length) __builtin_trap();
    check(result.actions);
  }
  void check(const usb::Device::Actions& actions) {
    if (!ledger_.accepts(actions)) __builtin_trap();
    for (const auto& action : actions) {
      if (std::holds_alternative<usb::Device::Transmit>(action)) transmitting_ = true;
      if (std::holds_alternative<usb::Device::AbortTransmit>(action)) transmitting_ = false;
    }
    if (transmitting_ != device_.busy()) __builtin_trap();
  }

  usb::Device device_{{.id = {}, .serial = "1", .name = "fuzz"}, {ccid::kMinMessage}};
  usb::test::RequestLedger ledger_;
  std::uint64_t last_ = 0;
  bool transmitting_ = false;
  protocol::Time now_;
};

}  // namespace vscard::fuzz
