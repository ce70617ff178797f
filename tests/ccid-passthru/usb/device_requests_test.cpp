// Requests that are cancelled, overtaken, too many, or wait for the slot to change.

#include "tests/ccid-passthru/usb/device_desk.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::usb {
namespace {

using namespace std::chrono_literals;
using ccid::CommandType;
using ccid::test::command;
using ccid::test::xfr_block;
using protocol::test::counting;
using test::Desk;
using Lines = std::vector<std::string>;

TEST(UsbDevice, DropsTheAnswerOfACommandWhoseReadIsCancelled) {
  Desk desk;
  desk.busy().in(64);
  EXPECT_EQ(desk.cancel(2), (Lines{"2: cancelled", "abort transmit"}));
  EXPECT_EQ(desk.cancel(2), Lines{}) << "only once";
  EXPECT_EQ(desk.respond("9000"), Lines{});
  EXPECT_EQ(desk.in(64), Lines{});
  EXPECT_EQ(desk.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"4: took 10", "3: SlotStatus 8 00 00 00"}));
}

TEST(UsbDevice, KeepsACommandWhileAnotherReadIsPending) {
  Desk desk;
  desk.busy().in(64);
  desk.in(64);
  EXPECT_EQ(desk.cancel(2), Lines{"2: cancelled"});
  EXPECT_EQ(desk.respond("9000"), Lines{"3: DataBlock 201 00 00 00 9000"});
}

TEST(UsbDevice, ACancelledReadDropsACommandThatIsIncomplete) {
  Desk desk;
  desk.ready().out(protocol::Bytes(xfr_block(7, counting(250))).first(64));
  desk.in(64);
  EXPECT_EQ(desk.cancel(2), Lines{"2: cancelled"});
  desk.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(desk.in(64), Lines{"4: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, DropsAnAnswerThatANewerCommandOvertakes) {
  Desk desk;
  desk.busy().respond("9000");
  desk.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(desk.in(64), Lines{"3: SlotStatus 8 00 00 00"});
  EXPECT_EQ(desk.in(64), Lines{});

  Desk half_read;
  half_read.busy().respond("9000");
  EXPECT_EQ(half_read.in(5), Lines{"2: 8002000000"});
  half_read.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(half_read.in(64), Lines{"4: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, PowerEndsACommandThatIsNotReadWithoutATrace) {
  Desk desk;
  EXPECT_EQ(desk.busy().out(command(CommandType::IccPowerOff, 8)),
            (Lines{"2: took 10", "abort transmit"}));
  EXPECT_EQ(desk.in(64), Lines{"3: SlotStatus 8 01 00 00"});
  EXPECT_EQ(desk.in(64), Lines{});
}

TEST(UsbDevice, PowerAnswersTheReadOfTheCommandThatItEnds) {
  Desk desk;
  desk.busy().in(64);
  EXPECT_EQ(desk.out(command(CommandType::IccPowerOff, 8)),
            (Lines{"3: took 10", "abort transmit", "2: DataBlock 201 40 ff 00"}));
  EXPECT_EQ(desk.in(64), Lines{"4: SlotStatus 8 01 00 00"});
}

TEST(UsbDevice, RefusesASecondCommandAndAnswersTheFirst) {
  Desk desk;
  desk.busy().out(command(CommandType::GetSlotStatus, 8));
  desk.respond("9000");
  EXPECT_EQ(desk.in(64), Lines{"3: SlotStatus 8 40 e0 00"});
  EXPECT_EQ(desk.in(64), Lines{"4: DataBlock 201 00 00 00 9000"});
}

TEST(UsbDevice, AbortsInEitherOrder) {
  Desk control_first;
  control_first.busy().in(64);
  EXPECT_EQ(control_first.abort(9),
            (Lines{"success ", "abort transmit", "2: DataBlock 201 40 ff 00"}));
  control_first.out(command(CommandType::Abort, 9));
  EXPECT_EQ(control_first.in(64), Lines{"4: SlotStatus 9 00 00 00"});

  Desk message_first;
  message_first.busy().in(64);
  EXPECT_EQ(message_first.out(command(CommandType::Abort, 9)),
            (Lines{"3: took 10", "abort transmit", "2: DataBlock 201 40 ff 00"}));
  EXPECT_EQ(message_first.in(64), Lines{});
  EXPECT_EQ(message_first.abort(9), (Lines{"success ", "4: SlotStatus 9 00 00 00"}));
}

TEST(UsbDevice, KeepsABoundedNumberOfRequests) {
  for (const std::uint8_t endpoint : {kBulkIn, kInterruptIn}) {
    Desk desk;
    desk.ready();
    for (std::size_t i = 0; i < kMaxPendingRequests; ++i) ASSERT_EQ(desk.in(8, endpoint), Lines{});
    EXPECT_EQ(desk.in(8, endpoint), Lines{"2049: too many"});
    EXPECT_EQ(desk.in(8, endpoint), Lines{"2050: too many"}) << "still";
    for (std::uint64_t id = kMaxPendingRequests; id > 0; --id) {
      ASSERT_EQ(desk.cancel(id), Lines{std::to_string(id) + ": cancelled"});
    }
    EXPECT_EQ(desk.pending(), 0U);
    EXPECT_EQ(desk.in(8, endpoint), Lines{});
  }
}

// Every endpoint with requests, then each of them cancelled in turn, in a slot of each state.
TEST(UsbDevice, SurvivesACancelOfEverything) {
  for (const bool busy : {false, true}) {
    Desk desk;
    busy ? desk.busy() : desk.ready();
    std::vector<std::uint64_t> ids;
    for (std::uint64_t i = 0; i < 10; ++i) {
      desk.in(64, i % 2 == 0 ? kBulkIn : kInterruptIn);
      ids.push_back(i + (busy ? 2 : 1));
    }
    for (const std::uint64_t id : ids) EXPECT_EQ(desk.cancel(id).size(), 1U + (busy && id == 10));
    for (const std::uint64_t id : ids) EXPECT_EQ(desk.cancel(id), Lines{});
    EXPECT_EQ(desk.pending(), 0U);
    desk.out(command(CommandType::GetSlotStatus, 8));
    EXPECT_EQ(desk.in(64).at(0).substr(4), "SlotStatus 8 00 00 00");
  }
}

TEST(UsbDevice, TellsWhenTheCardsOwnerIsGone) {
  Desk desk;
  desk.busy().in(64);
  desk.in(8, kInterruptIn);
  EXPECT_EQ(desk.fail(protocol::Errc::LinkLost), Lines{"2: DataBlock 201 42 fe 00"});
  EXPECT_EQ(desk.remove(), Lines{"3: 5002"});
}

TEST(UsbDevice, CompletesInterruptRequestsWithChanges) {
  Desk desk;
  desk.configure(1);
  EXPECT_EQ(desk.in(8, kInterruptIn), Lines{"1: 5002"}) << "the state at the start";
  EXPECT_EQ(desk.in(8, kInterruptIn), Lines{});
  EXPECT_EQ(desk.insert(), Lines{"2: 5003"});
  EXPECT_EQ(desk.remove(), Lines{"interrupt"}) << "no request";
  EXPECT_EQ(desk.wait(20ms), Lines{});
  EXPECT_EQ(desk.insert(), Lines{"interrupt"});
  EXPECT_EQ(desk.in(8, kInterruptIn), Lines{"3: 5003"}) << "one for both";
  EXPECT_EQ(desk.in(1, kInterruptIn), Lines{});
  EXPECT_EQ(desk.in(2, kInterruptIn), Lines{});
  EXPECT_EQ(desk.remove(), (Lines{"4: babble", "5: 5002"}));
  EXPECT_EQ(desk.in(8, kInterruptIn), Lines{});
  EXPECT_EQ(desk.cancel(6), Lines{"6: cancelled"});
}

TEST(UsbDevice, GivesNotificationsToACarrierThatTakesThem) {
  Desk desk;
  EXPECT_EQ(desk.insert(), Lines{}) << "not configured";
  EXPECT_EQ(desk.notification(), "");
  EXPECT_EQ(desk.configure(1), (Lines{"success ", "interrupt"}));
  EXPECT_EQ(desk.notification(), "5003");
  EXPECT_EQ(desk.notification(), "");
  EXPECT_EQ(desk.announce(), Lines{"interrupt"});
  EXPECT_EQ(desk.notification(), "5003");
  desk.set_halt(kInterruptIn);
  EXPECT_EQ(desk.remove(), Lines{});
  EXPECT_EQ(desk.notification(), "");
  EXPECT_EQ(desk.clear_halt(kInterruptIn), (Lines{"success ", "interrupt"}));
  EXPECT_EQ(desk.notification(), "5002");
}

}  // namespace
}  // namespace vscard::usb
