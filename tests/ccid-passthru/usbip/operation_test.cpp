#include "ccid-passthru/usbip/operation.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

namespace vscard::ccid_passthru::usbip {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;

// Of Debian's usbip 2.0, on the wire.
const std::string kListRequest = "0111 8005 00000000";
const std::string kImportRequest = "0111 8003 00000000";
const std::string kBusIdSent = "312d31" + std::string(58, '0');

std::string zeros(std::size_t bytes) {
  std::string digits;
  digits.resize(2 * bytes, '0');
  return digits;
}

const ExportedDevice kAlice{.path = "vscard reader alice",
                            .bus_id = "1-3",
                            .number = 3,
                            .speed = usb::Speed::High,
                            .id = {.vendor = 0x08e6, .product = 0x4433}};
const std::string kAliceSent =
    "767363617264207265616465722061 6c696365" + zeros(256 - 19) +  // path
    "312d33" + zeros(32 - 3) +                                     // bus id
    "00000001 00000003 00000003" +                                 // bus, device, speed: high
    "08e6 4433 0100" +                                             // vendor, product, release
    "000000 01 01 01";  // class of the interface; configuration, their number, interfaces

TEST(UsbipOperation, IsWhatLinuxSends) {
  EXPECT_EQ(parse_operation(ExactBytes(from_hex(kListRequest))), Operation::ListDevices);
  EXPECT_EQ(parse_operation(ExactBytes(from_hex(kImportRequest))), Operation::Import);
  EXPECT_EQ(parse_bus_id(ExactBytes(from_hex(kBusIdSent))), "1-1");
}

TEST(UsbipOperation, IsNothingElse) {
  const auto error = [](const std::string& hex) {
    return parse_operation(ExactBytes(from_hex(hex))).error();
  };
  EXPECT_EQ(error("0111 0003 00000000"), Errc::NotUsbip) << "an answer";
  EXPECT_EQ(error("0111 8002 00000000"), Errc::NotUsbip);
  EXPECT_EQ(error("47455420 2f204854"), Errc::NotUsbip) << "GET / HT";
  EXPECT_EQ(error("0106 8005 00000000"), Errc::WrongVersion);
  for (std::size_t size = 0; size < 8; ++size) {
    EXPECT_EQ(error(kListRequest.substr(0, 2 * size)), Errc::NotUsbip) << size;
  }
}

TEST(UsbipOperation, NeedsABusIdWithAnEnd) {
  EXPECT_EQ(parse_bus_id(from_hex(zeros(32))).error(), Errc::BadBusId);
  EXPECT_EQ(parse_bus_id(std::vector<std::uint8_t>(32, '1')).error(), Errc::BadBusId);
  std::vector<std::uint8_t> longest(32, '1');
  longest.back() = 0;
  EXPECT_EQ(parse_bus_id(longest), std::string(31, '1'));
}

TEST(UsbipOperation, ListsDevicesWithTheirInterface) {
  EXPECT_EQ(to_hex(encode_device_list({})),
            "0111000500000000"
            "00000000");
  const std::vector<ExportedDevice> devices(2, kAlice);
  const auto each = to_hex(from_hex(kAliceSent + "0b 00 00 00"));
  EXPECT_EQ(to_hex(encode_device_list(devices)),
            "0111000500000000"
            "00000002" +
                each + each);
}

TEST(UsbipOperation, TellsOfTheImportedDeviceWithoutInterface) {
  EXPECT_EQ(to_hex(encode_imported(kAlice).view()),
            "0111000300000000" + to_hex(from_hex(kAliceSent)));
  EXPECT_EQ(to_hex(encode_refused()), "0111000300000001");
}

TEST(UsbipOperation, CutsTextsThatAreTooLong) {
  ExportedDevice device = kAlice;
  device.path = std::string(300, 'p');
  device.bus_id = std::string(40, 'b');
  const auto bytes = encode_imported(device);
  EXPECT_EQ(bytes.size(), 8 + 0x138U);
  EXPECT_EQ(bytes.view()[8 + 254], 'p');
  EXPECT_EQ(bytes.view()[8 + 255], 0);
  EXPECT_EQ(bytes.view()[8 + 256 + 30], 'b');
  EXPECT_EQ(bytes.view()[8 + 256 + 31], 0);
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbip
