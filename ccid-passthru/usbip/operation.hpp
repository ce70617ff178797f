#pragma once

#include "ccid-passthru/usb/descriptors.hpp"
#include "ccid-passthru/usbip/errc.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

/// What a USB/IP connection begins with: Linux, Documentation/usb/usbip_protocol.rst,
/// version 1.1.1. All integers are big endian.
///
///     0         2       4        8
///     | version | code  | status | import: bus id, 32 bytes with a NUL
///     | 0111    |       | 0      |
namespace vscard::ccid_passthru::usbip {

inline constexpr std::size_t kOperationHeader = 8;  ///< bytes
inline constexpr std::size_t kBusIdField = 32;      ///< bytes, with a NUL at its end

/// What a client may ask for.
enum class Operation {
  ListDevices,  ///< that is all: the connection is closed behind the list
  Import,       ///< a bus id follows; then the connection is the device's
};

/// `header` has kOperationHeader bytes.
std::expected<Operation, Errc> parse_operation(protocol::Bytes header);
/// `field` has kBusIdField bytes.
std::expected<std::string, Errc> parse_bus_id(protocol::Bytes field);

/// A reader as clients see it before they have it.
struct ExportedDevice {
  std::string path;    ///< free text for people, at most 255 bytes are shown
  std::string bus_id;  ///< what it is imported by, at most 31 bytes
  std::uint16_t number = 0;
  usb::Speed speed = usb::Speed::Full;
  usb::UsbId id;
};

inline constexpr std::uint32_t kBus = 1;  ///< busnum of all devices

std::vector<std::uint8_t> encode_device_list(std::span<const ExportedDevice> devices);
/// A SecretBytes, as what follows on the connection.
protocol::SecretBytes encode_imported(const ExportedDevice& device);
/// There is no such device, or another client has it.
std::vector<std::uint8_t> encode_refused();

}  // namespace vscard::ccid_passthru::usbip
