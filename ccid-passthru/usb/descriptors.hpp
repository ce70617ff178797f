#pragma once

#include "ccid-passthru/ccid/message.hpp"
#include "protocol/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::usb {

enum class Speed {
  Full,  ///< 12 Mbit/s, bulk packets of 64 bytes
  High,  ///< 480 Mbit/s, bulk packets of 512 bytes
};

// Endpoint addresses, with the direction bit.
inline constexpr std::uint8_t kBulkOut = 0x01;
inline constexpr std::uint8_t kBulkIn = 0x81;
inline constexpr std::uint8_t kInterruptIn = 0x82;

inline constexpr std::uint16_t kControlPacket = 64;   ///< bytes
inline constexpr std::uint16_t kInterruptPacket = 8;  ///< bytes
/// Bytes of a bulk packet, USB 2.0 §5.8.3.
constexpr std::uint16_t bulk_packet(Speed speed) { return speed == Speed::Full ? 64 : 512; }
/// bInterval for 8 ms: frames of 1 ms at full speed, 2^(n-1) microframes at high speed.
constexpr std::uint8_t interrupt_interval(Speed speed) { return speed == Speed::Full ? 8 : 7; }

inline constexpr std::uint8_t kConfigurationValue = 1;
inline constexpr std::uint8_t kSmartCardClass = 0x0b;
inline constexpr std::uint16_t kDeviceRelease = 0x0100;  ///< bcdDevice

/// What Linux drivers find a reader by: idVendor and idProduct.
struct UsbId {
  std::uint16_t vendor = 0x08e6;   ///< Gemalto GemPC433, which QEMU's own reader uses too
  std::uint16_t product = 0x4433;  ///< and every libccid knows
  bool operator==(const UsbId&) const = default;
};

struct Identity {
  UsbId id;
  std::string serial;  ///< unique and stable: hosts keep settings by it
  std::string name;    ///< of the interface: pcscd shows it in the reader's name
  Speed speed = Speed::Full;
};

/// What the device says about itself, USB 2.0 §9.6 and CCID 1.1 §5.1.
class Descriptors {
 public:
  Descriptors(const Identity& identity, ccid::MessageLimits limits);

  Speed speed() const { return speed_; }
  UsbId id() const { return id_; }

  /// GET_DESCRIPTOR: `value` is the type (high byte) and the index. Nothing: there is none.
  std::optional<std::vector<std::uint8_t>> find(std::uint16_t value) const;

 private:
  std::vector<std::uint8_t> device() const;
  static std::vector<std::uint8_t> qualifier();
  std::vector<std::uint8_t> configuration(std::uint8_t type, Speed speed) const;
  std::optional<std::vector<std::uint8_t>> string(std::uint8_t index) const;

  UsbId id_;
  Speed speed_;
  ccid::MessageLimits limits_;
  std::vector<std::string> strings_;  ///< the first one has index 1
};

}  // namespace vscard::ccid_passthru::usb
