#pragma once

#include "capture/pcapng.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

/// USB transfers as packets of LinkType::UsbLinux: the data behind a header as Linux' usbmon has
/// it (Documentation/usb/usbmon.rst, struct usbmon_packet), little endian:
///
///     0    8      9      10         11       12    14      15     16        24    28       32
///     | id | S, C | kind | endpoint | device | bus | setup | data | seconds | us | status | …
///     32       36           40
///     | length | data bytes | setup: 8 bytes | interval, frame, flags, descriptors: 0 | data …
namespace vscard::capture {

inline constexpr std::size_t kUsbHead = 64;  ///< bytes
using UsbHead = std::array<std::uint8_t, kUsbHead>;
/// The eight bytes that begin a control transfer, USB 2.0 §9.3.
using UsbSetup = std::array<std::uint8_t, 8>;

/// What of a transfer is shown: that the host asks for it, or its end.
enum class UsbEvent : std::uint8_t { Submitted = 'S', Completed = 'C' };
enum class UsbKind : std::uint8_t { Interrupt = 1, Control = 2, Bulk = 3 };

struct UsbTransfer {
  std::uint64_t id = 0;  ///< alike in both events of a transfer
  UsbEvent event{};
  UsbKind kind{};
  std::uint8_t endpoint = 0;  ///< address, with the direction bit
  std::uint8_t device = 0;    ///< 1 to 127
  std::uint16_t bus = 0;
  std::int32_t status = 0;          ///< 0, or a negative errno of Linux
  std::uint32_t length = 0;         ///< bytes that are asked for, or those transferred
  bool carries_data = false;        ///< `length` bytes follow the head
  const UsbSetup* setup = nullptr;  ///< of a control transfer that is submitted
};

UsbHead usb_head(const UsbTransfer& transfer, Moment when);

}  // namespace vscard::capture
