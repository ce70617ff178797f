// The control pipe of the device: USB 2.0 §9.4, CCID 1.1 §5.3.

#include "ccid-passthru/usb/device.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru::usb {
namespace {

// bmRequestType: direction, kind, recipient.
constexpr std::uint8_t kFromDevice = 0x80;
constexpr std::uint8_t kToDevice = 0x00;
constexpr std::uint8_t kFromInterface = 0x81;
constexpr std::uint8_t kToInterface = 0x01;
constexpr std::uint8_t kFromEndpoint = 0x82;
constexpr std::uint8_t kToEndpoint = 0x02;
constexpr std::uint8_t kClassToInterface = 0x21;

// bRequest.
constexpr std::uint8_t kGetStatus = 0;
constexpr std::uint8_t kClearFeature = 1;
constexpr std::uint8_t kSetFeature = 3;
constexpr std::uint8_t kGetDescriptor = 6;
constexpr std::uint8_t kGetConfiguration = 8;
constexpr std::uint8_t kSetConfiguration = 9;
constexpr std::uint8_t kGetInterface = 10;
constexpr std::uint8_t kSetInterface = 11;
constexpr std::uint8_t kAbort = 1;

constexpr std::uint16_t kEndpointHalt = 0;  ///< the only feature that there is
constexpr std::uint16_t kOnlyInterface = 0;

using Bytes = std::vector<std::uint8_t>;
const Bytes kDone;

/// GET_STATUS: a word of which only the lowest bit is ever set here (an endpoint is halted).
Bytes status_word(bool lowest) { return {static_cast<std::uint8_t>(lowest ? 1 : 0), 0}; }

}  // namespace

Device::ControlResult Device::control(const Setup& setup) {
  ControlResult result;
  Data data;
  switch (setup.request_type) {
    case kFromDevice:
    case kToDevice:
      data = device_request(setup, result.actions);
      break;
    case kFromInterface:
    case kToInterface:
      data = interface_request(setup, result.actions);
      break;
    case kFromEndpoint:
    case kToEndpoint:
      data = endpoint_request(setup, result.actions);
      break;
    case kClassToInterface:
      data = class_request(setup, result.actions);
      break;
    default:  // GET_CLOCK_FREQUENCIES and GET_DATA_RATES too: there are no lists of them
      break;
  }
  result.status = data ? Status::Success : Status::Stall;
  if (data) result.data = std::move(*data);
  result.data.resize(std::min<std::size_t>(result.data.size(), setup.length));
  if (tap_ != nullptr) tap_->see_control(setup, result.status, result.data);
  return result;
}

Device::Data Device::device_request(const Setup& setup, Actions& out) {
  if (setup.request_type == kToDevice) {
    if (setup.request == kSetConfiguration) return set_configuration(setup.value, out);
    return std::nullopt;
  }
  switch (setup.request) {
    case kGetStatus:
      return status_word(false);
    case kGetDescriptor:
      return descriptors_.find(setup.value);
    case kGetConfiguration:
      return Bytes{configuration()};
    default:
      return std::nullopt;
  }
}

Device::Data Device::set_configuration(std::uint16_t value, Actions& out) {
  if (value != 0 && value != kConfigurationValue) return std::nullopt;
  restart_pipes(out);
  configured_ = value != 0;
  perform(reader_.reset(), out);
  return kDone;
}

Device::Data Device::interface_request(const Setup& setup, Actions& out) {
  if (!configured_ || setup.index != kOnlyInterface) return std::nullopt;
  if (setup.request_type == kToInterface) {
    if (setup.request != kSetInterface || setup.value != 0) return std::nullopt;
    restart_pipes(out);
    perform(reader_.restart(), out);
    return kDone;
  }
  if (setup.request == kGetStatus) return status_word(false);
  if (setup.request == kGetInterface) return Bytes{0};
  return std::nullopt;
}

Device::Data Device::endpoint_request(const Setup& setup, Actions& out) {
  const bool reads = setup.request_type == kFromEndpoint;
  const bool control_pipe = (setup.index & 0xff7f) == 0;
  if (control_pipe && reads && setup.request == kGetStatus) return status_word(false);
  Endpoint* endpoint = find_endpoint(setup.index);
  if (endpoint == nullptr) return std::nullopt;
  if (reads) {
    if (setup.request != kGetStatus) return std::nullopt;
    return status_word(endpoint->halted);
  }
  if (setup.value != kEndpointHalt) return std::nullopt;
  if (setup.request == kSetFeature) {
    halt(*endpoint, out);
  } else if (setup.request == kClearFeature) {
    clear_halt(*endpoint, out);
  } else {
    return std::nullopt;
  }
  return kDone;
}

/// Afterwards a transfer begins a message, and a whole message that waits for the guest still does.
void Device::clear_halt(Endpoint& endpoint, Actions& out) {
  endpoint.halted = false;
  if (endpoint.address == kBulkOut) bulk_out_.clear();
  if (endpoint.address == kBulkIn) bulk_in_.realign();
  if (endpoint.address == kInterruptIn) fill_interrupt(out);
}

Device::Data Device::class_request(const Setup& setup, Actions& out) {
  const auto slot = static_cast<std::uint8_t>(setup.value & 0xff);
  const auto seq = static_cast<std::uint8_t>(setup.value >> 8);
  if (!configured_ || setup.request != kAbort || setup.index != kOnlyInterface || slot != 0) {
    return std::nullopt;
  }
  perform(reader_.abort(ccid::Seq{seq}), out);
  return kDone;
}

}  // namespace vscard::ccid_passthru::usb
