#pragma once

#include "ccid-passthru/usb/device.hpp"

#include <map>

namespace vscard::fakes {

/// Keeps account of the requests that a USB device has: each is completed once, by what was
/// submitted, with no more than there is room for.
class RequestOracle {
 public:
  using Device = ccid_passthru::usb::Device;
  using RequestId = ccid_passthru::usb::RequestId;

  void submitted(RequestId id, std::uint8_t endpoint, std::size_t length) {
    pending_[id] = {.endpoint = endpoint, .length = length};
  }
  bool accepts(const Device::Actions& actions) {
    for (const auto& action : actions) {
      const auto* completed = std::get_if<Device::Completed>(&action);
      if (completed != nullptr && !accept(*completed)) return false;
    }
    return true;
  }
  std::size_t pending() const { return pending_.size(); }

 private:
  struct Request {
    std::uint8_t endpoint = 0;
    std::size_t length = 0;
  };

  bool accept(const Device::Completed& completed) {
    using ccid_passthru::usb::Status;
    const auto found = pending_.find(completed.id);
    if (found == pending_.end()) return false;
    const Request request = found->second;
    pending_.erase(found);
    const bool out = request.endpoint == ccid_passthru::usb::kBulkOut;
    const bool has_data = !out && completed.status == Status::Success;
    return completed.endpoint == request.endpoint && completed.length <= request.length &&
           completed.data.size() == (has_data ? completed.length : 0);
  }

  std::map<RequestId, Request> pending_;
};

}  // namespace vscard::fakes
