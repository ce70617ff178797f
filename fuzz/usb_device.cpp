#include "ccid-passthru/usb/device.hpp"
#include "tests/ccid-passthru/usb/request_ledger.hpp"

#include <algorithm>
#include <array>
#include <utility>

using namespace vscard;

namespace {

class Desk {
 public:
  Desk() { check(device_.control({.request = 9, .value = 1}).actions); }

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
  void host(std::uint8_t event, protocol::Bytes bytes) {
    const auto endpoint = std::array{usb::kBulkOut, usb::kBulkIn, usb::kInterruptIn}.at(event % 3);
    const usb::RequestId id{++last_};
    switch (event / 4 % 8) {
      case 0:
        control(bytes);
        break;
      case 1:
        --last_;
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
        ledger_.submitted(id, endpoint, bytes.size() * 8);
        check(device_.submit_in(id, endpoint, bytes.size() * 8));
        break;
      default:
        ledger_.submitted(id, usb::kBulkOut, bytes.size());
        check(device_.submit_out(id, usb::kBulkOut, bytes, now_));
        break;
    }
  }
  void card(std::uint8_t event) {
    switch (event % 8) {
      case 0:
      case 1:
        check(device_.insert_card(
            protocol::Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00}).value(), now_));
        break;
      case 2:
        check(device_.remove_card(now_));
        break;
      case 3:
        if (!std::exchange(transmitting_, false)) return;
        check(device_.fail(protocol::Errc{event / 8}));
        break;
      case 4:
      case 5:
        if (!std::exchange(transmitting_, false)) return;
        check(device_.respond(protocol::SecretBytes::zeros(event * std::size_t{4})));
        break;
      default:
        now_ += std::chrono::milliseconds(event);
        check(device_.expire(now_));
        break;
    }
  }

 private:
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

}  // namespace

// A hostile host on all pipes, mixed with what the card does and with time. Each request has one
// end. A record is host event | card event | length | bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteReader in({data, size});
  Desk desk;
  while (in.remaining() > 0) {
    const std::uint8_t host = in.u8();
    const std::uint8_t card = in.u8();
    desk.host(host, in.bytes(std::min<std::size_t>(in.u8(), in.remaining())));
    desk.card(card);
  }
  return 0;
}
