// The control pipe, and what a configuration, a reset and a wrong address do to the others.

#include "tests/fakes/device_harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ranges>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::usb {
namespace {

using ccid::CommandType;
using fakes::command;
using fakes::counting;
using fakes::xfr_block;
using Harness = fakes::DeviceHarness;
using fakes::setup;
using Lines = std::vector<std::string>;
using Data = std::vector<std::uint8_t>;

TEST(UsbDevice, TakesNoRequestsBeforeItIsConfigured) {
  Harness harness;
  const auto refuses = [&harness] {
    EXPECT_EQ(harness.out(command(CommandType::GetSlotStatus, 1)).back().substr(3), "invalid");
    EXPECT_EQ(harness.in(64).back().substr(3), "invalid");
    EXPECT_EQ(harness.in(8, kInterruptIn).back().substr(3), "invalid");
    EXPECT_EQ(harness.clear_halt(kBulkIn), Lines{"stall "});
    EXPECT_EQ(harness.abort(1), Lines{"stall "});
    EXPECT_EQ(harness.control(setup(0x81, 10, 0, 0, 1)), Lines{"stall "});
    EXPECT_EQ(harness.control(setup(0x80, 8, 0, 0, 1)), Lines{"success 00"});
  };
  refuses();
  harness.configure(1);
  EXPECT_EQ(harness.control(setup(0x80, 8, 0, 0, 1)), Lines{"success 01"});
  harness.configure(0);
  refuses();
  harness.configure(1);
  harness.reset();
  refuses();
}

TEST(UsbDevice, RefusesEndpointsThatItDoesNotHave) {
  Harness harness;
  harness.ready();
  Lines refused;
  for (const unsigned endpoint : {0x00U, 0x80U, 0x02U, 0x03U, 0x83U, 0x81U, 0x82U, 0xffU}) {
    refused =
        harness.out(command(CommandType::GetSlotStatus, 1), static_cast<std::uint8_t>(endpoint));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_TRUE(refused[0].ends_with(": invalid")) << endpoint;
  }
  for (const unsigned endpoint : {0x00U, 0x80U, 0x01U, 0x02U, 0x83U, 0xffU}) {
    refused = harness.in(64, static_cast<std::uint8_t>(endpoint));
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_TRUE(refused[0].ends_with(": invalid")) << endpoint;
  }
  EXPECT_EQ(harness.pending(), 0U);
}

// Whatever the guest begins or resets: its requests end, and afterwards all is as new.
TEST(UsbDevice, StartsAnew) {
  const std::vector<std::pair<std::string, std::function<Lines(Harness&)>>> events{
      {"configuration", [](Harness& harness) { return harness.configure(1); }},
      {"interface", [](Harness& harness) { return harness.control(setup(0x01, 11, 0, 0, 0)); }},
      {"reset", [](Harness& harness) { return harness.reset(); }},
  };
  for (const auto& [name, happen] : events) {
    SCOPED_TRACE(name);
    Harness harness;
    harness.busy().in(64);
    harness.in(8, kInterruptIn);
    harness.set_halt(kBulkOut);
    Lines lines = happen(harness);
    const Lines expected{"2: cancelled", "3: cancelled", "abort transmit"};
    EXPECT_TRUE(std::ranges::equal(
        lines | std::views::drop(name == "reset" ? 0 : 1) | std::views::take(3), expected))
        << testing::PrintToString(lines);
    EXPECT_EQ(harness.respond("9000"), Lines{}) << "too late";
    if (name == "reset") harness.configure(1);
    EXPECT_EQ(harness.notification(), "5003") << "told again";
    const std::string state = name == "interface" ? "00" : "01";
    harness.out(command(CommandType::GetSlotStatus, 8));
    EXPECT_EQ(harness.in(64), Lines{"5: SlotStatus 8 " + state + " 00 00"});
  }
}

TEST(UsbDevice, DropsWhatWasBegunWhenItStartsAnew) {
  Harness harness;
  harness.busy().respond(Data(64));
  harness.in(32);
  harness.out(protocol::Bytes(xfr_block(7, counting(250))).first(64));
  harness.control(setup(0x01, 11, 0, 0, 0));
  EXPECT_EQ(harness.in(64), Lines{}) << "no answer is left";
  EXPECT_EQ(harness.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"5: took 10", "4: SlotStatus 8 00 00 00"}));
}

TEST(UsbDevice, AnswersTheStandardRequests) {
  Harness harness;
  EXPECT_EQ(harness.control(setup(0x80, 6, 0x0100, 0, 8)), Lines{"success 1201000200000040"});
  EXPECT_EQ(harness.control(setup(0x80, 6, 0x0200, 0, 9)), Lines{"success 09025d000101008032"});
  EXPECT_EQ(harness.control(setup(0x80, 6, 0x0200, 0, 255)).at(0).size(), 8 + 2 * 93U);
  EXPECT_EQ(harness.control(setup(0x80, 6, 0x0300, 0, 255)), Lines{"success 04030904"});
  EXPECT_EQ(harness.control(setup(0x80, 6, 0x0304, 0x0409, 255)),
            Lines{"success 0c0361006c00690063006500"});
  EXPECT_EQ(harness.control(setup(0x80, 6, 0x0600, 0, 10)), Lines{"stall "});
  EXPECT_EQ(harness.control(setup(0x80, 0, 0, 0, 2)), Lines{"success 0000"});
  EXPECT_EQ(harness.control(setup(0x82, 0, 0, 0x00, 2)), Lines{"success 0000"})
      << "the control pipe";
  EXPECT_EQ(harness.configure(2), Lines{"stall "});
  harness.configure(1);
  EXPECT_EQ(harness.control(setup(0x81, 0, 0, 0, 2)), Lines{"success 0000"});
  EXPECT_EQ(harness.control(setup(0x81, 10, 0, 0, 1)), Lines{"success 00"});
  EXPECT_EQ(harness.control(setup(0x01, 11, 1, 0, 0)), Lines{"stall "}) << "no alternate setting";
  EXPECT_EQ(harness.control(setup(0x01, 11, 0, 1, 0)), Lines{"stall "}) << "no second interface";
}

TEST(UsbDevice, StallsWhatItDoesNotSupport) {
  Harness harness;
  harness.ready();
  const std::vector<usb::Setup> unsupported{
      setup(0x00, 1, 1, 0, 0),        // CLEAR_FEATURE remote wakeup
      setup(0x00, 3, 1, 0, 0),        // SET_FEATURE remote wakeup
      setup(0x00, 5, 7, 0, 0),        // SET_ADDRESS: the carrier's
      setup(0x00, 7, 0x0100, 0, 18),  // SET_DESCRIPTOR
      setup(0x01, 3, 0, 0, 0),        // SET_FEATURE interface
      setup(0x81, 6, 0x2100, 0, 54),  // GET_DESCRIPTOR interface
      setup(0x82, 12, 0, 0x81, 2),    // SYNCH_FRAME
      setup(0x02, 3, 1, 0x81, 0),     // SET_FEATURE endpoint, not a halt
      setup(0x02, 3, 0, 0x83, 0),     // no such endpoint
      setup(0x02, 3, 0, 0, 0),        // the control pipe
      setup(0x02, 9, 0, 0x81, 0),     // no such request
      setup(0xa1, 2, 0, 0, 4),        // GET_CLOCK_FREQUENCIES: bNumClockSupported is 0
      setup(0xa1, 3, 0, 0, 4),        // GET_DATA_RATES: bNumDataRatesSupported is 0
      setup(0x21, 2, 0, 0, 0),        // no such class request
      setup(0x21, 1, 0x0901, 0, 0),   // ABORT in slot 1
      setup(0x21, 1, 0x0900, 1, 0),   // ABORT in interface 1
      setup(0xc0, 1, 0, 0, 64),       // vendor
      setup(0xff, 0xff, 0xffff, 0xffff, 0xffff),
  };
  for (const usb::Setup& request : unsupported) {
    EXPECT_EQ(harness.control(request), Lines{"stall "})
        << int{request.request_type} << " " << int{request.request};
  }
  harness.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(harness.in(64), Lines{"2: SlotStatus 8 00 00 00"}) << "and goes on";
}

}  // namespace
}  // namespace vscard::ccid_passthru::usb
