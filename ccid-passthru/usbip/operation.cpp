#include "ccid-passthru/usbip/operation.hpp"

#include <algorithm>

namespace vscard::ccid_passthru::usbip {
namespace {

constexpr std::uint16_t kVersion = 0x0111;

// Codes: the answer to one is the same without the highest bit.
constexpr std::uint16_t kImport = 0x8003;
constexpr std::uint16_t kListDevices = 0x8005;
constexpr std::uint16_t kAnswerMask = 0x7fff;

constexpr std::uint32_t kOk = 0;
constexpr std::uint32_t kNotAvailable = 1;  ///< "Request Failed" to Linux's tool

constexpr std::size_t kPathField = 256;     ///< bytes, with a NUL at its end
constexpr std::size_t kDeviceSize = 0x138;  ///< bytes, without interfaces
constexpr std::size_t kInterfaceSize = 4;   ///< bytes

template <class Container>
using Writer = protocol::ByteWriter<Container>;

template <class Out>
void write_header(Out& out, std::uint16_t code, std::uint32_t status) {
  out.u16_be(kVersion);
  out.u16_be(code & kAnswerMask);
  out.u32_be(status);
}

template <class Out>
void write_text(Out& out, const std::string& text, std::size_t field) {
  const std::size_t size = std::min(text.size(), field - 1);
  for (std::size_t i = 0; i < field; ++i) out.u8(i < size ? static_cast<std::uint8_t>(text[i]) : 0);
}

/// enum usb_device_speed, Linux include/uapi/linux/usb/ch9.h.
std::uint32_t speed_number(usb::Speed speed) { return speed == usb::Speed::Full ? 2 : 3; }

//     path[256] | busid[32] | busnum, devnum, speed, 4 each | idVendor, idProduct, bcdDevice, 2
//     each | class, subclass, protocol | bConfigurationValue | bNumConfigurations | bNumInterfaces
template <class Out>
void write_device(Out& out, const ExportedDevice& device) {
  write_text(out, device.path, kPathField);
  write_text(out, device.bus_id, kBusIdField);
  out.u32_be(kBus);
  out.u32_be(device.number);
  out.u32_be(speed_number(device.speed));
  out.u16_be(device.id.vendor);
  out.u16_be(device.id.product);
  out.u16_be(usb::kDeviceRelease);
  for (int i = 0; i < 3; ++i) out.u8(0);  // the interface has a class, the device has none
  out.u8(usb::kConfigurationValue);
  out.u8(1);
  out.u8(1);
}

}  // namespace

std::expected<Operation, Errc> parse_operation(protocol::Bytes header) {
  protocol::ByteReader in(header);
  const std::uint16_t version = in.u16_be();
  const std::uint16_t code = in.u16_be();
  in.u32_be();  // a status: of no meaning here
  if (!in.ok_and_done() || (code != kImport && code != kListDevices)) {
    return std::unexpected(Errc::NotUsbip);
  }
  if (version != kVersion) return std::unexpected(Errc::WrongVersion);
  return code == kImport ? Operation::Import : Operation::ListDevices;
}

std::expected<std::string, Errc> parse_bus_id(protocol::Bytes field) {
  const auto end = std::ranges::find(field, 0);
  if (end == field.begin() || end == field.end()) return std::unexpected(Errc::BadBusId);
  return std::string(field.begin(), end);
}

std::vector<std::uint8_t> encode_device_list(std::span<const ExportedDevice> devices) {
  std::vector<std::uint8_t> list;
  list.reserve(kOperationHeader + 4 + devices.size() * (kDeviceSize + kInterfaceSize));
  Writer<std::vector<std::uint8_t>> out(list);
  write_header(out, kListDevices, kOk);
  out.u32_be(static_cast<std::uint32_t>(devices.size()));
  for (const ExportedDevice& device : devices) {
    write_device(out, device);
    out.u8(usb::kSmartCardClass);
    for (int i = 0; i < 3; ++i) out.u8(0);  // subclass, protocol, padding
  }
  return list;
}

protocol::SecretBytes encode_imported(const ExportedDevice& device) {
  auto reply = protocol::SecretBytes::with_capacity(kOperationHeader + kDeviceSize);
  Writer<protocol::SecretBytes> out(reply);
  write_header(out, kImport, kOk);
  write_device(out, device);
  return reply;
}

std::vector<std::uint8_t> encode_refused() {
  std::vector<std::uint8_t> reply;
  Writer<std::vector<std::uint8_t>> out(reply);
  write_header(out, kImport, kNotAvailable);
  return reply;
}

}  // namespace vscard::ccid_passthru::usbip
