// Requests that are cancelled, overtaken, too many, or wait for the slot to change.

#include "tests/fakes/device_harness.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::ccid_passthru::usb {
namespace {

using namespace std::chrono_literals;
using ccid::CommandType;
using fakes::command;
using fakes::counting;
using fakes::xfr_block;
using Harness = fakes::DeviceHarness;
using Lines = std::vector<std::string>;

TEST(UsbDevice, DropsTheAnswerOfACommandWhoseReadIsCancelled) {
  Harness harness;
  harness.busy().in(64);
  EXPECT_EQ(harness.cancel(2), (Lines{"2: cancelled", "abort transmit"}));
  EXPECT_EQ(harness.cancel(2), Lines{}) << "only once";
  EXPECT_EQ(harness.respond("9000"), Lines{});
  EXPECT_EQ(harness.in(64), Lines{});
  EXPECT_EQ(harness.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"4: took 10", "3: SlotStatus 8 00 00 00"}));
}

TEST(UsbDevice, KeepsACommandWhileAnotherReadIsPending) {
  Harness harness;
  harness.busy().in(64);
  harness.in(64);
  EXPECT_EQ(harness.cancel(2), Lines{"2: cancelled"});
  EXPECT_EQ(harness.respond("9000"), Lines{"3: DataBlock 201 00 00 00 9000"});
}

TEST(UsbDevice, ACancelledReadDropsACommandThatIsIncomplete) {
  Harness harness;
  harness.ready().out(protocol::Bytes(xfr_block(7, counting(250))).first(64));
  harness.in(64);
  EXPECT_EQ(harness.cancel(2), Lines{"2: cancelled"});
  harness.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(harness.in(64), Lines{"4: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, DropsAnAnswerThatANewerCommandOvertakes) {
  Harness harness;
  harness.busy().respond("9000");
  harness.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(harness.in(64), Lines{"3: SlotStatus 8 00 00 00"});
  EXPECT_EQ(harness.in(64), Lines{});

  Harness half_read;
  half_read.busy().respond("9000");
  EXPECT_EQ(half_read.in(5), Lines{"2: 8002000000"});
  half_read.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(half_read.in(64), Lines{"4: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, PowerEndsACommandThatIsNotReadWithoutATrace) {
  Harness harness;
  EXPECT_EQ(harness.busy().out(command(CommandType::IccPowerOff, 8)),
            (Lines{"2: took 10", "abort transmit", "power down"}));
  EXPECT_EQ(harness.in(64), Lines{"3: SlotStatus 8 01 00 00"});
  EXPECT_EQ(harness.in(64), Lines{});
}

TEST(UsbDevice, PowerAnswersTheReadOfTheCommandThatItEnds) {
  Harness harness;
  harness.busy().in(64);
  EXPECT_EQ(harness.out(command(CommandType::IccPowerOff, 8)),
            (Lines{"3: took 10", "abort transmit", "power down", "2: DataBlock 201 40 ff 00"}));
  EXPECT_EQ(harness.in(64), Lines{"4: SlotStatus 8 01 00 00"});
}

TEST(UsbDevice, RefusesASecondCommandAndAnswersTheFirst) {
  Harness harness;
  harness.busy().out(command(CommandType::GetSlotStatus, 8));
  harness.respond("9000");
  EXPECT_EQ(harness.in(64), Lines{"3: SlotStatus 8 40 e0 00"});
  EXPECT_EQ(harness.in(64), Lines{"4: DataBlock 201 00 00 00 9000"});
}

TEST(UsbDevice, AbortsInEitherOrder) {
  Harness control_first;
  control_first.busy().in(64);
  EXPECT_EQ(control_first.abort(9),
            (Lines{"success ", "abort transmit", "2: DataBlock 201 40 ff 00"}));
  control_first.out(command(CommandType::Abort, 9));
  EXPECT_EQ(control_first.in(64), Lines{"4: SlotStatus 9 00 00 00"});

  Harness message_first;
  message_first.busy().in(64);
  EXPECT_EQ(message_first.out(command(CommandType::Abort, 9)),
            (Lines{"3: took 10", "abort transmit", "2: DataBlock 201 40 ff 00"}));
  EXPECT_EQ(message_first.in(64), Lines{});
  EXPECT_EQ(message_first.abort(9), (Lines{"success ", "4: SlotStatus 9 00 00 00"}));
}

TEST(UsbDevice, KeepsABoundedNumberOfRequests) {
  for (const std::uint8_t endpoint : {kBulkIn, kInterruptIn}) {
    Harness harness;
    harness.ready();
    for (std::size_t i = 0; i < kMaxPendingRequests; ++i)
      ASSERT_EQ(harness.in(8, endpoint), Lines{});
    EXPECT_EQ(harness.in(8, endpoint), Lines{"2049: too many"});
    EXPECT_EQ(harness.in(8, endpoint), Lines{"2050: too many"}) << "still";
    for (std::uint64_t id = kMaxPendingRequests; id > 0; --id) {
      ASSERT_EQ(harness.cancel(id), Lines{std::to_string(id) + ": cancelled"});
    }
    EXPECT_EQ(harness.pending(), 0U);
    EXPECT_EQ(harness.in(8, endpoint), Lines{});
  }
}

// Every endpoint with requests, then each of them cancelled in turn, in a slot of each state.
TEST(UsbDevice, SurvivesACancelOfEverything) {
  for (const bool busy : {false, true}) {
    Harness harness;
    busy ? harness.busy() : harness.ready();
    std::vector<std::uint64_t> ids;
    for (std::uint64_t i = 0; i < 10; ++i) {
      harness.in(64, i % 2 == 0 ? kBulkIn : kInterruptIn);
      ids.push_back(i + (busy ? 2 : 1));
    }
    for (const std::uint64_t id : ids)
      EXPECT_EQ(harness.cancel(id).size(), 1U + (busy && id == 10));
    for (const std::uint64_t id : ids) EXPECT_EQ(harness.cancel(id), Lines{});
    EXPECT_EQ(harness.pending(), 0U);
    harness.out(command(CommandType::GetSlotStatus, 8));
    EXPECT_EQ(harness.in(64).at(0).substr(4), "SlotStatus 8 00 00 00");
  }
}

TEST(UsbDevice, TellsWhenTheClientIsGone) {
  Harness harness;
  harness.busy().in(64);
  harness.in(8, kInterruptIn);
  EXPECT_EQ(harness.fail(protocol::Errc::LinkLost), Lines{"2: DataBlock 201 42 fe 00"});
  EXPECT_EQ(harness.remove(), Lines{"3: 5002"});
}

TEST(UsbDevice, CompletesInterruptRequestsWithChanges) {
  Harness harness;
  harness.configure(1);
  EXPECT_EQ(harness.in(8, kInterruptIn), Lines{"1: 5002"}) << "the state at the start";
  EXPECT_EQ(harness.in(8, kInterruptIn), Lines{});
  EXPECT_EQ(harness.insert(), Lines{"2: 5003"});
  EXPECT_EQ(harness.remove(), Lines{"interrupt"}) << "no request";
  EXPECT_EQ(harness.wait(20ms), Lines{});
  EXPECT_EQ(harness.insert(), Lines{"interrupt"});
  EXPECT_EQ(harness.in(8, kInterruptIn), Lines{"3: 5003"}) << "one for both";
  EXPECT_EQ(harness.in(1, kInterruptIn), Lines{});
  EXPECT_EQ(harness.in(2, kInterruptIn), Lines{});
  EXPECT_EQ(harness.remove(), (Lines{"4: babble", "5: 5002"}));
  EXPECT_EQ(harness.in(8, kInterruptIn), Lines{});
  EXPECT_EQ(harness.cancel(6), Lines{"6: cancelled"});
}

TEST(UsbDevice, GivesNotificationsToACarrierThatTakesThem) {
  Harness harness;
  EXPECT_EQ(harness.insert(), Lines{}) << "not configured";
  EXPECT_EQ(harness.notification(), "");
  EXPECT_EQ(harness.configure(1), (Lines{"success ", "interrupt"}));
  EXPECT_EQ(harness.notification(), "5003");
  EXPECT_EQ(harness.notification(), "");
  EXPECT_EQ(harness.announce(), Lines{"interrupt"});
  EXPECT_EQ(harness.notification(), "5003");
  harness.set_halt(kInterruptIn);
  EXPECT_EQ(harness.remove(), Lines{});
  EXPECT_EQ(harness.notification(), "");
  EXPECT_EQ(harness.clear_halt(kInterruptIn), (Lines{"success ", "interrupt"}));
  EXPECT_EQ(harness.notification(), "5002");
}

}  // namespace
}  // namespace vscard::ccid_passthru::usb
