#include "ccid-passthru/usb/descriptors.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::ccid_passthru::usb {
namespace {

using fakes::to_hex;

Descriptors descriptors(Speed speed, std::size_t max_message = ccid::kDefaultMaxMessage) {
  return {Identity{.id = {}, .serial = "0123456789ab", .name = "alice", .speed = speed},
          ccid::MessageLimits{max_message}};
}

std::string find(const Descriptors& descriptors, std::uint16_t value) {
  const auto found = descriptors.find(value);
  return found ? to_hex(*found) : "none";
}

// Golden bytes in the order and with the names of `lsusb -v`.

const std::string kDeviceDescriptor =
    "12"    // bLength                18
    "01"    // bDescriptorType         1
    "0002"  // bcdUSB               2.00
    "00"    // bDeviceClass            0 [unknown]
    "00"    // bDeviceSubClass         0
    "00"    // bDeviceProtocol         0
    "40"    // bMaxPacketSize0        64
    "e608"  // idVendor           0x08e6 Gemalto (was Gemplus)
    "3344"  // idProduct          0x4433 GemPC433-Swap
    "0001"  // bcdDevice            1.00
    "01"    // iManufacturer           1 vscard
    "02"    // iProduct                2 vscard CCID reader
    "03"    // iSerial                 3 0123456789ab
    "01";   // bNumConfigurations      1

const std::string kInterface =
    "09"   // bLength                 9
    "04"   // bDescriptorType         4
    "00"   // bInterfaceNumber        0
    "00"   // bAlternateSetting       0
    "03"   // bNumEndpoints           3
    "0b"   // bInterfaceClass        11 Chip/SmartCard
    "00"   // bInterfaceSubClass      0
    "00"   // bInterfaceProtocol      0
    "04";  // iInterface              4 alice

std::string functional(const std::string& max_message) {
  return "36"             // bLength                54
         "21"             // bDescriptorType        33
         "1001"           // bcdCCID              1.10
         "00"             // nMaxSlotIndex           0
         "07"             // bVoltageSupport         7  5.0V 3.0V 1.8V
         "03000000"       // dwProtocols             3  T=0 T=1
         "a00f0000"       // dwDefaultClock       4000
         "a00f0000"       // dwMaxiumumClock      4000
         "00"             // bNumClockSupported      0
         "80250000"       // dwDataRate           9600 bps
         "80250000"       // dwMaxDataRate        9600 bps
         "00"             // bNumDataRatesSupp.      0
         "fe000000"       // dwMaxIFSD             254
         "00000000"       // dwSyncProtocols  00000000
         "00000000"       // dwMechanical     00000000
         "be040400"       // dwFeatures       000404BE
                          //   Auto configuration based on ATR, auto activation on insert,
                          //   auto voltage selection, auto clock change, auto baud rate change,
                          //   auto PPS made by CCID, auto IFSD exchange,
                          //   Short and extended APDU level exchange
         + max_message +  // dwMaxCCIDMsgLen
         "ff"             // bClassGetResponse    echo
         "ff"             // bClassEnvelope       echo
         "0000"           // wlcdLayout           none
         "00"             // bPINSupport             0
         "01";            // bMaxCCIDBusySlots       1
}

std::string endpoints(const std::string& bulk_packet, const std::string& interval) {
  return "07"             // bLength                 7
         "05"             // bDescriptorType         5
         "01"             // bEndpointAddress     0x01  EP 1 OUT
         "02"             // bmAttributes            2  Bulk
         + bulk_packet +  // wMaxPacketSize
         "00"             // bInterval               0
         "07"             // bLength                 7
         "05"             // bDescriptorType         5
         "81"             // bEndpointAddress     0x81  EP 1 IN
         "02"             // bmAttributes            2  Bulk
         + bulk_packet +  // wMaxPacketSize
         "00"             // bInterval               0
         "07"             // bLength                 7
         "05"             // bDescriptorType         5
         "82"             // bEndpointAddress     0x82  EP 2 IN
         "03"             // bmAttributes            3  Interrupt
         "0800"           // wMaxPacketSize     0x0008  1x 8 bytes
         + interval;      // bInterval
}

std::string configuration(const std::string& type, const std::string& rest) {
  return "09"      // bLength                 9
         + type +  // bDescriptorType
         "5d00"    // wTotalLength         0x5d
         "01"      // bNumInterfaces          1
         "01"      // bConfigurationValue     1
         "00"      // iConfiguration          0
         "80"      // bmAttributes         0x80  (Bus Powered)
         "32"      // MaxPower            100mA
         + rest;
}

TEST(Descriptors, AtFullSpeed) {
  const Descriptors full = descriptors(Speed::Full);
  EXPECT_EQ(find(full, 0x0100), kDeviceDescriptor);
  EXPECT_EQ(find(full, 0x0200),
            configuration("02", kInterface + functional("000c0000") + endpoints("4000", "08")));
  EXPECT_EQ(find(full, 0x0600), "none") << "no other speed";
  EXPECT_EQ(find(full, 0x0700), "none");
}

TEST(Descriptors, AtHighSpeed) {
  const Descriptors high = descriptors(Speed::High, 65554);
  EXPECT_EQ(find(high, 0x0100), kDeviceDescriptor);
  EXPECT_EQ(find(high, 0x0200),
            configuration("02", kInterface + functional("12000100") + endpoints("0002", "07")));
  EXPECT_EQ(find(high, 0x0600), "0a060002000000400100");
  EXPECT_EQ(find(high, 0x0700),
            configuration("07", kInterface + functional("12000100") + endpoints("4000", "08")));
}

TEST(Descriptors, TellTheIdThatIsGiven) {
  const Descriptors other({.id = {.vendor = 0x1209, .product = 0xabcd}, .serial = "", .name = ""},
                          {});
  EXPECT_EQ(find(other, 0x0100).substr(16, 8), "0912cdab");
}

TEST(Descriptors, Strings) {
  const Descriptors full = descriptors(Speed::Full);
  EXPECT_EQ(find(full, 0x0300), "04030904");
  EXPECT_EQ(find(full, 0x0301), "0e03760073006300610072006400");
  EXPECT_EQ(find(full, 0x0303), "1a03300031003200330034003500360037003800390061006200");
  EXPECT_EQ(find(full, 0x0304), "0c0361006c00690063006500");
  EXPECT_EQ(find(full, 0x0305), "none");
  EXPECT_EQ(find(full, 0x03ee), "none");
}

TEST(Descriptors, StringsFitAndArePrintable) {
  const Descriptors long_name({.id = {}, .serial = std::string(127, 'x'), .name = "a\xc3\xa9\n"},
                              {});
  EXPECT_EQ(find(long_name, 0x0303).size(), 2 * 254U);
  EXPECT_EQ(find(long_name, 0x0303).substr(0, 8), "fe037800");
  EXPECT_EQ(find(long_name, 0x0304), "0a0361003f003f003f00");
}

TEST(Descriptors, OthersAreUnknown) {
  for (const unsigned value : {0x0000U, 0x0101U, 0x0201U, 0x0400U, 0x0500U, 0x2100U, 0xffffU}) {
    EXPECT_EQ(find(descriptors(Speed::High), static_cast<std::uint16_t>(value)), "none") << value;
  }
}

}  // namespace
}  // namespace vscard::ccid_passthru::usb
