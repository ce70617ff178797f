#pragma once

#include <cstdint>

namespace vscard::ccid_passthru::usb {

/// A number that the carrier of USB requests gives to each; not looked into.
enum class RequestId : std::uint64_t {};

enum class Status {
  Success,
  Cancelled,
  Invalid,  ///< no such endpoint, wrong direction, or the device is not configured
  TooMany,  ///< the endpoint has kMaxPendingRequests already
  Stall,    ///< the request is not supported, or the endpoint is halted
  Babble,   ///< there is more than the interrupt request has room for
};

/// The eight bytes that begin a control request, USB 2.0 §9.3, in host order.
struct Setup {
  std::uint8_t request_type = 0;  ///< direction (80: to the guest), kind, recipient
  std::uint8_t request = 0;
  std::uint16_t value = 0;
  std::uint16_t index = 0;
  std::uint16_t length = 0;  ///< bytes that follow, or that the guest has room for
  bool operator==(const Setup&) const = default;
};

}  // namespace vscard::ccid_passthru::usb
