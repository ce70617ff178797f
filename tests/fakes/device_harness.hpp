#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/checked_device.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vscard::fakes {

std::string name_of(ccid_passthru::usb::Status status);
/// "1: took 10", "2: SlotStatus 7 02 00 00", "3: cancelled", "transmit 00a40400" …
std::string text_of(const ccid_passthru::usb::Device::Action& action);

/// A control request: bmRequestType, bRequest, wValue, wIndex, wLength.
inline ccid_passthru::usb::Setup setup(std::uint8_t type, std::uint8_t request, unsigned value,
                                       unsigned index, unsigned length) {
  return {.request_type = type,
          .request = request,
          .value = static_cast<std::uint16_t>(value),
          .index = static_cast<std::uint16_t>(index),
          .length = static_cast<std::uint16_t>(length)};
}

/// A device, its guest, its card and its clock; what the device does is text. Every step is checked
/// by an oracle.
class DeviceHarness {
 public:
  using Lines = std::vector<std::string>;
  using Data = std::vector<std::uint8_t>;
  using Setup = ccid_passthru::usb::Setup;
  using Speed = ccid_passthru::usb::Speed;

  explicit DeviceHarness(Speed speed = Speed::Full, ccid_passthru::ccid::MessageLimits limits = {})
      : device_({.id = {}, .serial = "1", .name = "alice", .speed = speed}, limits) {}

  /// Configured, powered card, the first notification taken; the next request is number 1.
  DeviceHarness& ready() {
    configure(1);
    device_.insert_card(atr());
    device_.take_notification();
    out(command(ccid_passthru::ccid::CommandType::IccPowerOn, 200));
    in(64);
    device_.number_from(1);
    return *this;
  }
  /// XfrBlock 201 is at the card: requests 1 (OUT) and, if the guest reads, 2 (IN).
  DeviceHarness& busy() {
    ready().out(xfr_block(201, from_hex(kSelect)));
    return *this;
  }

  Lines out(protocol::Bytes data, std::uint8_t endpoint = ccid_passthru::usb::kBulkOut) {
    return check(device_.submit_out(endpoint, ExactBytes(data)));
  }
  Lines in(std::size_t length, std::uint8_t endpoint = ccid_passthru::usb::kBulkIn) {
    return check(device_.submit_in(endpoint, length));
  }
  /// The bytes that a read gets at once; nothing if it waits, and is then cancelled.
  std::optional<Data> read(std::size_t length) {
    using ccid_passthru::usb::Device;
    const auto actions = device_.submit_in(ccid_passthru::usb::kBulkIn, length);
    if (actions.empty()) {
      cancel(device_.last());
      return std::nullopt;
    }
    const auto& completed = std::get<Device::Completed>(actions.at(0));
    EXPECT_EQ(completed.status, ccid_passthru::usb::Status::Success);
    const auto bytes = completed.data.view();
    return Data(bytes.begin(), bytes.end());
  }
  Lines cancel(std::uint64_t id) {
    return check(device_.cancel(ccid_passthru::usb::RequestId{id}));
  }
  Lines reset() { return check(device_.reset()); }
  Lines announce() { return check(device_.announce_slot()); }
  std::string notification() {
    const auto taken = device_.take_notification();
    return taken ? to_hex(*taken) : "";
  }

  /// Status and data, then what else is done.
  Lines control(const Setup& setup) {
    const auto result = device_.control(setup);
    Lines lines = check(result.actions);
    lines.insert(lines.begin(), name_of(result.status) + " " + to_hex(result.data));
    return lines;
  }
  Lines configure(std::uint16_t value) { return control(setup(0x00, 9, value, 0, 0)); }
  Lines clear_halt(std::uint8_t endpoint) { return control(setup(0x02, 1, 0, endpoint, 0)); }
  Lines set_halt(std::uint8_t endpoint) { return control(setup(0x02, 3, 0, endpoint, 0)); }
  std::string halted(std::uint8_t endpoint) {
    return control(setup(0x82, 0, 0, endpoint, 2)).at(0);
  }
  Lines abort(std::uint16_t seq) {
    return control(setup(0x21, 1, static_cast<std::uint16_t>(seq << 8), 0, 0));
  }

  Lines insert(const std::string& hex = kAtr) { return check(device_.insert_card(atr(hex))); }
  Lines remove() { return check(device_.remove_card()); }
  Lines respond(protocol::Bytes bytes) {
    return check(device_.respond(protocol::SecretBytes::copy_of(bytes)));
  }
  Lines respond(const std::string& hex) { return respond(from_hex(hex)); }
  Lines fail(protocol::Errc reason) { return check(device_.fail(reason)); }
  Lines wait(protocol::Duration duration) { return check(device_.wait(duration)); }
  std::size_t pending() const { return device_.pending(); }
  /// The next request's number.
  void number_from(std::uint64_t number) { device_.number_from(number); }
  ccid_passthru::usb::Device& device() { return device_.device(); }

 private:
  Lines check(const CheckedDevice::Actions& actions) const {
    Lines lines;
    for (const auto& action : actions) lines.push_back(text_of(action));
    EXPECT_TRUE(device_.right()) << testing::PrintToString(lines);
    return lines;
  }

  CheckedDevice device_;
};

}  // namespace vscard::fakes
