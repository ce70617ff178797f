#include "capture/usb_packet.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

namespace vscard::capture {
namespace {

using fakes::to_hex;

// 2025-11-24 16:00:00.5 is 69248100 seconds and 7a120 microseconds.
constexpr Moment kWhen{std::chrono::milliseconds{1764000000500}};

TEST(UsbPacket, ShowsARequestWithItsSetup) {
  const UsbSetup setup{0x80, 0x06, 0x00, 0x01, 0x00, 0x00, 0x12, 0x00};
  const auto head = usb_head({.id = 1,
                              .event = UsbEvent::Submitted,
                              .kind = UsbKind::Control,
                              .endpoint = 0x80,
                              .device = 2,
                              .bus = 3,
                              .length = 18,
                              .setup = &setup},
                             kWhen);
  EXPECT_EQ(to_hex(head),
            "0100000000000000"  // id
            "53"                // 'S'
            "02"                // control
            "80"                // endpoint 0, IN
            "02"
            "0300"              // device, bus
            "00"                // there is a setup
            "3c"                // '<': no data yet
            "0081246900000000"  // seconds
            "20a10700"          // microseconds
            "00000000"          // status
            "12000000"          // bytes that it asks for
            "00000000"          // bytes that follow
            "8006000100001200"  // setup
            "00000000000000000000000000000000");
}

TEST(UsbPacket, ShowsDataAndFailures) {
  const UsbTransfer sent{.id = 5,
                         .event = UsbEvent::Submitted,
                         .kind = UsbKind::Bulk,
                         .endpoint = 0x01,
                         .device = 1,
                         .bus = 1,
                         .length = 10,
                         .carries_data = true};
  EXPECT_EQ(to_hex(usb_head(sent, kWhen)),
            "0500000000000000"
            "53"
            "03"
            "01"
            "01"
            "0100"
            "2d"  // '-': no setup
            "00"  // there are data
            "0081246900000000"
            "20a10700"
            "00000000"
            "0a000000"
            "0a000000"
            "0000000000000000"
            "00000000000000000000000000000000");
  const UsbTransfer stalled{.id = 6,
                            .event = UsbEvent::Completed,
                            .kind = UsbKind::Control,
                            .endpoint = 0x00,
                            .device = 1,
                            .bus = 1,
                            .status = -32};
  EXPECT_EQ(to_hex(usb_head(stalled, kWhen)),
            "0600000000000000"
            "43"
            "02"
            "00"
            "01"
            "0100"
            "2d"  // '-': no setup
            "3e"  // '>': no data, and the direction
            "0081246900000000"
            "20a10700"
            "e0ffffff"  // -EPIPE
            "00000000"
            "00000000"
            "0000000000000000"
            "00000000000000000000000000000000");
}

}  // namespace
}  // namespace vscard::capture
