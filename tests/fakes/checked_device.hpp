#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "tests/fakes/request_oracle.hpp"

#include <utility>

namespace vscard::fakes {

/// A USB device with its clock. An oracle looks at each of its steps; besides, the card has one
/// command at a time, the device is busy as long as it has one, and no deadline may be past once it
/// has expired, however late that was. Requests are numbered by their submission, from 1.
class CheckedDevice {
 public:
  using Device = ccid_passthru::usb::Device;
  using Actions = Device::Actions;
  using RequestId = ccid_passthru::usb::RequestId;

  explicit CheckedDevice(const ccid_passthru::usb::Identity& identity,
                         ccid_passthru::ccid::MessageLimits limits = {})
      : device_(identity, limits) {}

  /// Every step until now was right.
  bool right() const { return right_; }
  /// Requests that are not completed.
  std::size_t pending() const { return oracle_.pending(); }
  Device& device() { return device_; }

  // The guest.
  Device::ControlResult control(const ccid_passthru::usb::Setup& setup) {
    auto result = device_.control(setup);
    right_ = result.data.size() <= setup.length && right_;
    look_at(result.actions);
    return result;
  }
  Actions submit_out(std::uint8_t endpoint, protocol::Bytes data) {
    oracle_.submitted(RequestId{++last_}, endpoint, data.size());
    return check(device_.submit_out(RequestId{last_}, endpoint, data, now_));
  }
  Actions submit_in(std::uint8_t endpoint, std::size_t length) {
    oracle_.submitted(RequestId{++last_}, endpoint, length);
    return check(device_.submit_in(RequestId{last_}, endpoint, length));
  }
  Actions cancel(RequestId id) { return check(device_.cancel(id)); }
  Actions reset() { return check(device_.reset()); }
  Actions announce_slot() { return check(device_.announce_slot()); }
  auto take_notification() { return device_.take_notification(); }
  /// The number of the request that was submitted last.
  std::uint64_t last() const { return last_; }
  void number_from(std::uint64_t number) { last_ = number - 1; }

  // The card.
  Actions insert_card(const protocol::iso7816::Atr& atr) {
    return check(device_.insert_card(atr, now_));
  }
  Actions remove_card() { return check(device_.remove_card(now_)); }
  Actions respond(protocol::SecretBytes response) {
    transmitting_ = false;
    return check(device_.respond(std::move(response)));
  }
  Actions fail(protocol::Errc reason) {
    transmitting_ = false;
    return check(device_.fail(reason));
  }
  bool busy() const { return device_.busy(); }

  // Time.
  Actions wait(protocol::Duration duration) {
    now_ += duration;
    Actions actions = check(device_.expire(now_));
    right_ = device_.deadline().value_or(protocol::Time::max()) > now_ && right_;
    return actions;
  }

 private:
  void look_at(const Actions& actions) {
    for (const auto& action : actions) {
      if (std::holds_alternative<Device::Transmit>(action)) {
        right_ = !std::exchange(transmitting_, true) && right_;
      } else if (std::holds_alternative<Device::AbortTransmit>(action)) {
        right_ = std::exchange(transmitting_, false) && right_;
      }
    }
    right_ = oracle_.accepts(actions) && transmitting_ == device_.busy() && right_;
  }
  Actions check(Actions actions) {
    look_at(actions);
    return actions;
  }

  Device device_;
  RequestOracle oracle_;
  bool right_ = true;
  bool transmitting_ = false;
  std::uint64_t last_ = 0;
  protocol::Time now_;
};

}  // namespace vscard::fakes
