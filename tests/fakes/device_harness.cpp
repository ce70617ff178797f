#include "tests/fakes/device_harness.hpp"

namespace vscard::fakes {
namespace {

using namespace ccid_passthru::usb;

std::string text(const Device::Completed& it) {
  const std::string id = std::to_string(static_cast<std::uint64_t>(it.id)) + ": ";
  if (it.status != Status::Success) return id + name_of(it.status);
  if (it.endpoint == kBulkOut) return id + "took " + std::to_string(it.length);
  const bool whole = it.endpoint == kBulkIn && it.data.size() >= ccid_passthru::ccid::kHeaderSize;
  return id + (whole ? text_of(it.data.view()) : to_hex(it.data.view()));
}
std::string text(const Device::InterruptReady& /*it*/) { return "interrupt"; }
std::string text(const Device::Transmit& it) { return "transmit " + to_hex(it.command.view()); }
std::string text(const Device::AbortTransmit& /*it*/) { return "abort transmit"; }
std::string text(const Device::PowerCard& it) {
  return it.action == protocol::vsc::PowerAction::Down ? "power down" : "reset";
}

}  // namespace

std::string name_of(ccid_passthru::usb::Status status) {
  using ccid_passthru::usb::Status;
  switch (status) {
    case Status::Success:
      return "success";
    case Status::Cancelled:
      return "cancelled";
    case Status::Invalid:
      return "invalid";
    case Status::TooMany:
      return "too many";
    case Status::Stall:
      return "stall";
    case Status::Babble:
      return "babble";
  }
  return "?";
}

std::string text_of(const ccid_passthru::usb::Device::Action& action) {
  return std::visit([](const auto& it) { return text(it); }, action);
}

}  // namespace vscard::fakes
