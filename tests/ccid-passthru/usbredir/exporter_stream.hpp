#pragma once

#include "ccid-passthru/usbredir/exporter.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/usbredir_guest.hpp"

#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace vscard::ccid_passthru::usbredir::test {

inline const std::string kPowerOn = "62 00000000 00 01 00 0000";
inline const std::string kSlotStatus = "65 00000000 00 02 00 0000";
inline const std::string kXfrBlock = "6f 05000000 00 03 00 0000 00a4040000";

/// A device with an exporter, and a guest at the other end of an ideal stream.
class Stream {
 public:
  using Lines = std::vector<std::string>;

  explicit Stream(const std::vector<int>& capabilities = fakes::UsbredirGuest::kQemu,
                  usb::Speed speed = usb::Speed::Full)
      : device({.id = {}, .serial = "0123456789ab", .name = "test", .speed = speed}),
        guest(capabilities) {}

  /// A stream anew, the same device.
  void reconnect(const std::vector<int>& capabilities = fakes::UsbredirGuest::kQemu) {
    for_card.clear();
    for (auto& action : device.reset()) keep(std::move(action));
    exporter = std::make_unique<Exporter>(device, "vscard test");
    guest.reconnect(capabilities);
  }

  /// Carries bytes both ways until there are none; what the guest has seen.
  Lines exchange() {
    Lines seen;
    for (bool moved = true; moved;) {
      moved = to_device();
      while (auto packet = exporter->take_output()) {
        guest.feed(packet->view());
        moved = true;
      }
      std::ranges::move(guest.seen(), std::back_inserter(seen));
    }
    return seen;
  }

  /// Carries the guest's bytes, and does not read.
  bool to_device() {
    const auto bytes = guest.output();
    protocol::Bytes input = bytes;
    while (!input.empty()) {
      auto received = exporter->receive(input, now);
      if (!received) throw std::system_error(received.error());
      rejected = rejected || received->rejected;
      for (auto& action : received->for_card) keep(std::move(action));
    }
    return !bytes.empty();
  }

  /// What the device does on behalf of the card.
  void perform(usb::Device::Actions actions) {
    for (auto& action : actions) {
      if (std::holds_alternative<usb::Device::Completed>(action) ||
          std::holds_alternative<usb::Device::InterruptReady>(action)) {
        exporter->perform(std::move(action));
      } else {
        keep(std::move(action));
      }
    }
  }

  /// Greeted and configured, as QEMU's guest does it.
  Stream& configured() {
    exchange();
    guest.get_descriptor(1, 0x0100, 64);
    guest.get_descriptor(2, 0x0200, 9);
    guest.get_descriptor(3, 0x0200, 93);
    guest.set_configuration(4, 1);
    exchange();
    return *this;
  }
  Stream& with_card() {
    configured();
    perform(
        device.insert_card(protocol::iso7816::Atr::parse(fakes::from_hex("3b00")).value(), now));
    now += std::chrono::seconds(1);
    perform(device.expire(now));
    return *this;
  }

  Lines bulk(std::uint64_t id, const std::string& message, std::uint32_t length = 65556) {
    guest.bulk_out(id, usb::kBulkOut, fakes::from_hex(message));
    guest.bulk_in(id + 1, usb::kBulkIn, length);
    return exchange();
  }

  usb::Device device;
  fakes::UsbredirGuest guest;
  std::unique_ptr<Exporter> exporter = std::make_unique<Exporter>(device, "vscard test");
  Lines for_card;
  bool rejected = false;
  protocol::Time now;

 private:
  void keep(usb::Device::Action action) {
    if (const auto* transmit = std::get_if<usb::Device::Transmit>(&action)) {
      for_card.push_back("transmit " + fakes::to_hex(transmit->command.view()));
    } else if (std::holds_alternative<usb::Device::AbortTransmit>(action)) {
      for_card.emplace_back("abort");
    } else if (std::holds_alternative<usb::Device::PowerCard>(action)) {
      for_card.emplace_back("power");
    }
  }
};

}  // namespace vscard::ccid_passthru::usbredir::test
