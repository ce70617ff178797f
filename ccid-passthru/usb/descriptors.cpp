#include "ccid-passthru/usb/descriptors.hpp"

#include <algorithm>

namespace vscard::ccid_passthru::usb {
namespace {

using Descriptor = std::vector<std::uint8_t>;

// bDescriptorType, USB 2.0 table 9-5.
constexpr std::uint8_t kDevice = 1;
constexpr std::uint8_t kConfiguration = 2;
constexpr std::uint8_t kString = 3;
constexpr std::uint8_t kDeviceQualifier = 6;
constexpr std::uint8_t kOtherSpeedConfiguration = 7;

// Indexes of the strings.
constexpr std::uint8_t kManufacturerString = 1;
constexpr std::uint8_t kProductString = 2;
constexpr std::uint8_t kSerialString = 3;
constexpr std::uint8_t kInterfaceString = 4;

// bmAttributes of an endpoint.
constexpr std::uint8_t kBulk = 2;
constexpr std::uint8_t kInterrupt = 3;

constexpr std::uint16_t kEnglish = 0x0409;          ///< LANGID, United States
constexpr std::size_t kMaxStringCharacters = 126;   ///< bLength is one byte: (255 - 2) / 2
constexpr std::uint16_t kConfigurationLength = 93;  ///< 9 + 9 + 54 + 3 * 7

constexpr std::uint8_t low(std::uint16_t value) { return static_cast<std::uint8_t>(value & 0xff); }
constexpr std::uint8_t high(std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8); }

/// Hosts show other characters than these as a question mark anyway.
std::uint8_t printable(char c) {
  return c >= ' ' && c <= '~' ? static_cast<std::uint8_t>(c) : std::uint8_t{'?'};
}

// clang-format off: a line per field

// USB 2.0 §9.6.5. With fewer than three endpoints libccid does not use the interrupt pipe but asks
// for the slot's state over and over.
//
//     09 04 00 00 03 0b 00 00 04
Descriptor interface() {
  return {
      9,                 // bLength
      4,                 // bDescriptorType
      0,                 // bInterfaceNumber
      0,                 // bAlternateSetting
      3,                 // bNumEndpoints
      kSmartCardClass,   // bInterfaceClass
      0,                 // bInterfaceSubClass
      0,                 // bInterfaceProtocol: bulk transfers, CCID messages
      kInterfaceString,  // iInterface
  };
}

// CCID 1.1 §5.1. An example, with messages of 3072 bytes:
//
//     36 21 10 01 00 07 03 00 00 00 a0 0f 00 00 a0 0f 00 00 00 80 25 00 00 80 25 00 00 00
//     fe 00 00 00 00 00 00 00 00 00 00 00 be 04 04 00 00 0c 00 00 ff ff 00 00 00 01
Descriptor functional(std::size_t max_message) {
  const auto below = static_cast<std::uint16_t>(max_message & 0xffff);
  const auto above = static_cast<std::uint16_t>(max_message >> 16);
  return {
      54,                      // bLength: libccid takes no other
      0x21,                    // bDescriptorType
      0x10, 0x01,              // bcdCCID: 1.1
      0,                       // bMaxSlotIndex: one slot
      0x07,                    // bVoltageSupport: 5 V, 3 V, 1.8 V
      0x03, 0x00, 0x00, 0x00,  // dwProtocols: T=0 and T=1
      0xa0, 0x0f, 0x00, 0x00,  // dwDefaultClock: 4000 kHz
      0xa0, 0x0f, 0x00, 0x00,  // dwMaximumClock: 4000 kHz
      0,                       // bNumClockSupported: only that one
      0x80, 0x25, 0x00, 0x00,  // dwDataRate: 9600 bit/s
      0x80, 0x25, 0x00, 0x00,  // dwMaxDataRate: 9600 bit/s
      0,                       // bNumDataRatesSupported: only that one
      0xfe, 0x00, 0x00, 0x00,  // dwMaxIFSD: 254
      0x00, 0x00, 0x00, 0x00,  // dwSynchProtocols: none
      0x00, 0x00, 0x00, 0x00,  // dwMechanical: none
      0xbe, 0x04, 0x04, 0x00,  // dwFeatures: 02 parameters from the ATR, 04 activation, 08 voltage,
                               //   10 clock, 20 baud rate, 80 PPS, 400 IFSD: all automatic;
                               //   40000 short and extended APDUs
      low(below), high(below), low(above), high(above),  // dwMaxCCIDMessageLength
      0xff,                    // bClassGetResponse: as in the APDU
      0xff,                    // bClassEnvelope: as in the APDU
      0x00, 0x00,              // wLcdLayout: no display
      0,                       // bPINSupport: none
      1,                       // bMaxCCIDBusySlots
  };
}

// USB 2.0 §9.6.6. An example, bulk IN at full speed:
//
//     07 05 81 02 40 00 00
Descriptor endpoint(std::uint8_t address, std::uint8_t attributes, std::uint16_t packet,
                    std::uint8_t interval) {
  return {
      7,                          // bLength
      5,                          // bDescriptorType
      address,                    // bEndpointAddress
      attributes,                 // bmAttributes
      low(packet), high(packet),  // wMaxPacketSize
      interval,                   // bInterval
  };
}

// clang-format on

}  // namespace

Descriptors::Descriptors(const Identity& identity, ccid::MessageLimits limits)
    : id_(identity.id),
      speed_(identity.speed),
      limits_(limits),
      strings_{"vscard", "vscard CCID reader", identity.serial, identity.name} {}

std::optional<Descriptor> Descriptors::find(std::uint16_t value) const {
  const std::uint8_t index = low(value);
  const std::uint8_t type = high(value);
  if (type == kString) return string(index);
  if (index != 0) return std::nullopt;
  if (type == kDevice) return device();
  if (type == kConfiguration) return configuration(type, speed_);
  // Full-speed devices have no other speed to tell about, §9.6.2.
  if (speed_ == Speed::Full) return std::nullopt;
  if (type == kDeviceQualifier) return qualifier();
  if (type == kOtherSpeedConfiguration) return configuration(type, Speed::Full);
  return std::nullopt;
}

// clang-format off: a line per field

// USB 2.0 §9.6.1. An example, with the default identity:
//
//     12 01 00 02 00 00 00 40 e6 08 33 44 00 01 01 02 03 01
Descriptor Descriptors::device() const {
  return {
      18,                                         // bLength
      kDevice,                                    // bDescriptorType
      0x00, 0x02,                                 // bcdUSB: 2.0
      0, 0, 0,                                    // class, subclass, protocol: the interface's
      low(kControlPacket),                        // bMaxPacketSize0
      low(id_.vendor), high(id_.vendor),          // idVendor
      low(id_.product), high(id_.product),        // idProduct
      low(kDeviceRelease), high(kDeviceRelease),  // bcdDevice: 1.0
      kManufacturerString,                        // iManufacturer
      kProductString,                             // iProduct
      kSerialString,                              // iSerialNumber
      1,                                          // bNumConfigurations
  };
}

// USB 2.0 §9.6.2: how the device would be at full speed.
//
//     0a 06 00 02 00 00 00 40 01 00
Descriptor Descriptors::qualifier() {
  return {
      10,                   // bLength
      kDeviceQualifier,     // bDescriptorType
      0x00, 0x02,           // bcdUSB: 2.0
      0, 0, 0,              // class, subclass, protocol: the interface's
      low(kControlPacket),  // bMaxPacketSize0
      1,                    // bNumConfigurations
      0,                    // bReserved
  };
}

// USB 2.0 §9.6.3. Remote wakeup is not announced: Windows would suspend the device.
//
//     09 02 5d 00 01 01 00 80 32
Descriptor Descriptors::configuration(std::uint8_t type, Speed speed) const {
  Descriptor all{
      9,                                                      // bLength
      type,                                                   // bDescriptorType
      low(kConfigurationLength), high(kConfigurationLength),  // wTotalLength
      1,                                                      // bNumInterfaces
      kConfigurationValue,                                    // bConfigurationValue
      0,                                                      // iConfiguration: none
      0x80,                                                   // bmAttributes: bus powered
      50,                                                     // bMaxPower: 100 mA
  };
  // libccid refuses a reader whose functional descriptor does not stand before the endpoints.
  for (const Descriptor& part : {interface(), functional(limits_.max_message),
                                 endpoint(kBulkOut, kBulk, bulk_packet(speed), 0),
                                 endpoint(kBulkIn, kBulk, bulk_packet(speed), 0),
                                 endpoint(kInterruptIn, kInterrupt, kInterruptPacket,
                                          interrupt_interval(speed))}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

// clang-format on

// USB 2.0 §9.6.7: UTF-16, little endian, no end mark. Index 0 is the list of languages:
//
//     04 03 09 04
std::optional<Descriptor> Descriptors::string(std::uint8_t index) const {
  if (index == 0) return Descriptor{4, kString, low(kEnglish), high(kEnglish)};
  if (index > strings_.size()) return std::nullopt;
  const std::string& text = strings_[index - 1U];
  const std::size_t count = std::min(text.size(), kMaxStringCharacters);
  Descriptor descriptor{static_cast<std::uint8_t>(2 + 2 * count), kString};
  for (const char c : text.substr(0, count)) {
    descriptor.push_back(printable(c));
    descriptor.push_back(0);
  }
  return descriptor;
}

}  // namespace vscard::ccid_passthru::usb
