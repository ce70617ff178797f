#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "tests/ccid-passthru/ccid/reader_text.hpp"
#include "tests/ccid-passthru/usb/request_oracle.hpp"
#include "tests/protocol/hex.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::usb::test {

inline const std::string kAtr = "3b808131fe458b";
inline const std::vector<std::uint8_t> kSelect = protocol::test::from_hex("00a40400");

inline protocol::iso7816::Atr atr(const std::string& hex) {
  return protocol::iso7816::Atr::parse(protocol::test::from_hex(hex)).value();
}
std::string name_of(Status status);
/// "1: took 10", "2: SlotStatus 7 02 00 00", "3: cancelled", "transmit 00a40400" …
std::string text_of(const Device::Action& action);

/// A control request: bmRequestType, bRequest, wValue, wIndex, wLength.
inline Setup setup(std::uint8_t type, std::uint8_t request, unsigned value, unsigned index,
                   unsigned length) {
  return {.request_type = type,
          .request = request,
          .value = static_cast<std::uint16_t>(value),
          .index = static_cast<std::uint16_t>(index),
          .length = static_cast<std::uint16_t>(length)};
}

/// A device, its guest, its card and its clock. Requests are numbered by their submission.
class Harness {
 public:
  using Lines = std::vector<std::string>;
  using Data = std::vector<std::uint8_t>;

  explicit Harness(Speed speed = Speed::Full, ccid::MessageLimits limits = {})
      : device_({.id = {}, .serial = "1", .name = "alice", .speed = speed}, limits) {}

  /// Configured, powered card, the first notification taken; the next request is number 1.
  Harness& ready() {
    configure(1);
    device_.insert_card(atr(kAtr), now_);
    device_.take_notification();
    out(ccid::test::command(ccid::CommandType::IccPowerOn, 200));
    in(64);
    number_ = 0;
    return *this;
  }
  /// XfrBlock 201 is at the card: requests 1 (OUT) and, if the guest reads, 2 (IN).
  Harness& busy() {
    ready().out(ccid::test::xfr_block(201, kSelect));
    return *this;
  }

  Lines out(protocol::Bytes data, std::uint8_t endpoint = kBulkOut) {
    oracle_.submitted(RequestId{++number_}, endpoint, data.size());
    return check(
        device_.submit_out(RequestId{number_}, endpoint, protocol::test::ExactBytes(data), now_));
  }
  Lines in(std::size_t length, std::uint8_t endpoint = kBulkIn) {
    oracle_.submitted(RequestId{++number_}, endpoint, length);
    return check(device_.submit_in(RequestId{number_}, endpoint, length));
  }
  /// The bytes that a read gets at once; nothing if it waits, and is then cancelled.
  std::optional<Data> read(std::size_t length) {
    const auto actions = device_.submit_in(RequestId{++number_}, kBulkIn, length);
    if (actions.empty()) {
      device_.cancel(RequestId{number_});
      return std::nullopt;
    }
    const auto& completed = std::get<Device::Completed>(actions.at(0));
    EXPECT_EQ(completed.status, Status::Success);
    const auto bytes = completed.data.view();
    return Data(bytes.begin(), bytes.end());
  }
  Lines cancel(std::uint64_t id) { return check(device_.cancel(RequestId{id})); }
  Lines reset() { return check(device_.reset()); }
  Lines announce() { return check(device_.announce_slot()); }
  std::string notification() {
    const auto taken = device_.take_notification();
    return taken ? protocol::test::to_hex(*taken) : "";
  }

  /// Status and data, then what else is done.
  Lines control(const Setup& setup) {
    auto result = device_.control(setup);
    Lines lines = check(result.actions);
    lines.insert(lines.begin(), name_of(result.status) + " " + protocol::test::to_hex(result.data));
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

  Lines insert(const std::string& hex = kAtr) { return check(device_.insert_card(atr(hex), now_)); }
  Lines remove() { return check(device_.remove_card(now_)); }
  Lines respond(protocol::Bytes bytes) {
    return check(device_.respond(protocol::SecretBytes::copy_of(bytes)));
  }
  Lines respond(const std::string& hex) { return respond(protocol::test::from_hex(hex)); }
  Lines fail(protocol::Errc reason) { return check(device_.fail(reason)); }
  Lines wait(protocol::Duration duration) {
    now_ += duration;
    return check(device_.expire(now_));
  }
  std::size_t pending() const { return oracle_.pending(); }
  Device& device() { return device_; }

 private:
  Lines check(const Device::Actions& actions) {
    Lines lines;
    for (const auto& action : actions) {
      lines.push_back(text_of(action));
    }
    EXPECT_TRUE(oracle_.accepts(actions)) << testing::PrintToString(lines);
    return lines;
  }

  Device device_;
  RequestOracle oracle_;
  std::uint64_t number_ = 0;
  protocol::Time now_;
};

}  // namespace vscard::ccid_passthru::usb::test
