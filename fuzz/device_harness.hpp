#pragma once

#include "fuzz/script.hpp"
#include "tests/fakes/checked_device.hpp"

#include <array>

namespace vscard::fuzz {

/// A configured device; its guest uses all pipes. Each request has one end, or it traps.
class DeviceHarness {
 public:
  DeviceHarness() { device_.control({.request = 9, .value = 1}); }

  void guest(std::uint8_t event, protocol::Bytes bytes) {
    using namespace ccid_passthru::usb;
    switch (event / 4 % 8) {
      case 0:
        control(bytes);
        break;
      case 1:
        device_.cancel(RequestId{device_.last() - event / 32});
        break;
      case 2:
        event > 200 ? device_.reset() : device_.announce_slot();
        break;
      case 3:
        device_.take_notification();
        break;
      case 4:
      case 5:
        device_.submit_in(std::array{kBulkOut, kBulkIn, kInterruptIn}.at(event % 3),
                          bytes.size() * 8);
        break;
      default:
        device_.submit_out(kBulkOut, bytes);
        break;
    }
    if (!device_.right()) __builtin_trap();
  }
  void card(std::uint8_t event) {
    perform_card_event(device_, event);
    if (!device_.right()) __builtin_trap();
  }

  /// The bus is reset: no request is left.
  void end() {
    device_.reset();
    if (!device_.right() || device_.busy() || device_.pending() > 0) __builtin_trap();
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
    device_.control(setup);
  }

  fakes::CheckedDevice device_{{.id = {}, .serial = "1", .name = "fuzz"},
                               {ccid_passthru::ccid::kMinMessage}};
};

}  // namespace vscard::fuzz
