#pragma once

#include "ccid-passthru/usb/request.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace vscard::ccid_passthru::usbredir {

// The packets of usbredir 0.7 that a guest and a smart card reader have for each other. Endpoints
// are addresses with the direction bit; an answer bears the id of its request.

// Both ways: a request, and its answer with the same header.

struct ControlPacket {
  usb::RequestId id{};
  std::uint8_t endpoint = 0;
  usb::Setup setup;  ///< in an answer, length is what was transferred
  usb::Status status = usb::Status::Success;
  protocol::SecretBytes data;  ///< of an OUT request or an IN answer
};
struct BulkPacket {
  usb::RequestId id{};
  std::uint8_t endpoint = 0;
  std::uint32_t length = 0;  ///< wanted or offered; in an answer: transferred
  usb::Status status = usb::Status::Success;
  protocol::SecretBytes data;  ///< likewise
};

// From the guest.

struct Hello {
  std::string version;  ///< free text
};
struct Reset {};
struct SetConfiguration {
  usb::RequestId id{};
  std::uint8_t configuration = 0;
};
struct GetConfiguration {
  usb::RequestId id{};
};
struct SetAltSetting {
  usb::RequestId id{};
  std::uint8_t interface = 0;
  std::uint8_t alt = 0;
};
struct GetAltSetting {
  usb::RequestId id{};
  std::uint8_t interface = 0;
};
struct StartInterruptReceiving {
  usb::RequestId id{};
  std::uint8_t endpoint = 0;
};
struct StopInterruptReceiving {
  usb::RequestId id{};
  std::uint8_t endpoint = 0;
};
/// A data packet is not wanted any more.
struct CancelDataPacket {
  usb::RequestId id{};  ///< its id
};
/// The guest does not take the device.
struct FilterReject {};

using Request = std::variant<Hello, Reset, SetConfiguration, GetConfiguration, SetAltSetting,
                             GetAltSetting, StartInterruptReceiving, StopInterruptReceiving,
                             CancelDataPacket, FilterReject, ControlPacket, BulkPacket>;

// From the device.

struct ConfigurationStatus {
  usb::RequestId id{};
  usb::Status status = usb::Status::Success;
  std::uint8_t configuration = 0;
};
struct AltSettingStatus {
  usb::RequestId id{};
  usb::Status status = usb::Status::Success;
  std::uint8_t interface = 0;
  std::uint8_t alt = 0;
};
struct InterruptReceivingStatus {
  usb::RequestId id{};
  usb::Status status = usb::Status::Success;
  std::uint8_t endpoint = 0;
};

}  // namespace vscard::ccid_passthru::usbredir
