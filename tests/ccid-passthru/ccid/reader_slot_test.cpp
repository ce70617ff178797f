// Time, aborts, restarts and cards that come and go.

#include "tests/ccid-passthru/ccid/reader_desk.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::ccid {
namespace {

using namespace std::chrono_literals;
using test::Desk;
using test::kOtherAtr;
using test::kSelect;
using Type = CommandType;
using Lines = std::vector<std::string>;

TEST(CcidReader, AsksTheHostForMoreTimeWhileTheCardWorks) {
  Desk desk;
  EXPECT_EQ(desk.active().time_left(), std::nullopt);
  desk.transmit(7);
  EXPECT_EQ(desk.time_left(), 1s);
  EXPECT_EQ(desk.wait(999ms), Lines{});
  EXPECT_EQ(desk.wait(1ms), Lines{"wait: DataBlock 7 80 01 00"});
  EXPECT_EQ(desk.time_left(), 1s);
  EXPECT_EQ(desk.wait(90s), Lines{"wait: DataBlock 7 80 01 00"}) << "one is enough";
  EXPECT_EQ(desk.time_left(), 1s);
  EXPECT_EQ(desk.respond("9000"), Lines{"DataBlock 7 00 00 00 9000"});
  EXPECT_EQ(desk.time_left(), std::nullopt);
  EXPECT_EQ(desk.wait(90s), Lines{});
}

TEST(CcidReader, PowerEndsAPendingCommand) {
  for (const Type type : {Type::IccPowerOn, Type::IccPowerOff}) {
    Desk desk;
    desk.busy().send(type, 1);
    EXPECT_EQ(desk.respond("9000"), Lines{}) << "too late";
    EXPECT_EQ(desk.wait(90s), Lines{});
    desk.send(Type::IccPowerOn, 2);
    EXPECT_EQ(desk.transmit(3), Lines{"transmit " + kSelect});
    EXPECT_EQ(desk.respond("9001"), Lines{"DataBlock 3 00 00 00 9001"});
  }
}

TEST(CcidReader, AbortsWithTheControlRequestFirst) {
  Desk desk;
  EXPECT_EQ(desk.busy().abort(5), (Lines{"abort transmit", "DataBlock 201 40 ff 00"}));
  EXPECT_EQ(desk.transmit(3), Lines{"DataBlock 3 40 ff 00"}) << "fails until the message comes";
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 4), Lines{"SlotStatus 4 40 ff 00"});
  EXPECT_EQ(desk.send(Type::Abort, 4), Lines{"SlotStatus 4 40 ff 00"}) << "another bSeq";
  EXPECT_EQ(desk.send(Type::Abort, 5), Lines{"SlotStatus 5 00 00 00"});
  EXPECT_EQ(desk.transmit(6), Lines{"transmit " + kSelect});
}

TEST(CcidReader, AbortsWithTheMessageFirst) {
  Desk desk;
  EXPECT_EQ(desk.busy().send(Type::Abort, 5), (Lines{"abort transmit", "DataBlock 201 40 ff 00"}));
  EXPECT_EQ(desk.abort(5), Lines{"SlotStatus 5 00 00 00"});
  EXPECT_EQ(desk.transmit(6), Lines{"transmit " + kSelect});
}

TEST(CcidReader, GivesUpHalfAnAbort) {
  Desk desk;
  desk.active().send(Type::Abort, 5);
  EXPECT_EQ(desk.transmit(6), (Lines{"SlotStatus 5 40 ff 00", "transmit " + kSelect}));
  desk.respond("9000");
  desk.send(Type::Abort, 7);
  EXPECT_EQ(desk.send(Type::Abort, 8), Lines{"SlotStatus 7 40 ff 00"});
  EXPECT_EQ(desk.abort(9), Lines{"SlotStatus 8 40 ff 00"});
  EXPECT_EQ(desk.restart(), Lines{"slot changed"});
  EXPECT_EQ(desk.transmit(10), Lines{"transmit " + kSelect});
}

TEST(CcidReader, DropsACommandWhoseAnswerIsNotRead) {
  Desk desk;
  EXPECT_EQ(desk.busy().abandon(), Lines{"abort transmit"});
  EXPECT_EQ(desk.abandon(), Lines{});
  EXPECT_EQ(desk.respond("9000"), Lines{});
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 00 00 00"});
  EXPECT_EQ(desk.transmit(2), Lines{"transmit " + kSelect});
  desk.respond("9000");
  desk.send(Type::Abort, 3);
  desk.abandon();
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 4), Lines{"SlotStatus 4 00 00 00"});
}

TEST(CcidReader, RestartsWithTheCardAsItIs) {
  Desk desk;
  EXPECT_EQ(desk.busy().restart(), (Lines{"abort transmit", "slot changed"}));
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 00 00 00"});
  EXPECT_EQ(desk.busy().reset(), (Lines{"abort transmit", "slot changed"}));
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 01 00 00"});
}

TEST(CcidReader, TellsTheSlotsStateOnceForAllChanges) {
  Desk desk;
  EXPECT_EQ(desk.notification(), "5002") << "the first time a host looks";
  EXPECT_EQ(desk.notification(), "");
  desk.insert();
  desk.remove();
  desk.wait(kEmptyTime);
  desk.insert();
  EXPECT_EQ(desk.notification(), "5003");
  EXPECT_EQ(desk.notification(), "");
  EXPECT_EQ(desk.announce(), Lines{"slot changed"});
  EXPECT_EQ(desk.notification(), "5003");
}

TEST(CcidReader, ShowsTheSlotEmptyBetweenTwoCards) {
  Desk desk;
  desk.busy();
  EXPECT_EQ(desk.insert(kOtherAtr),
            (Lines{"abort transmit", "DataBlock 201 42 fe 00", "slot changed"}));
  EXPECT_EQ(desk.notification(), "5002");
  EXPECT_EQ(desk.time_left(), 20ms);
  EXPECT_EQ(desk.wait(19ms), Lines{});
  EXPECT_EQ(desk.send(Type::IccPowerOn, 1), Lines{"DataBlock 1 42 fe 00"});
  EXPECT_EQ(desk.wait(1ms), Lines{"slot changed"});
  EXPECT_EQ(desk.notification(), "5003");
  EXPECT_EQ(desk.time_left(), std::nullopt);
  EXPECT_EQ(desk.send(Type::IccPowerOn, 2), Lines{"DataBlock 2 00 00 00 3b00"});

  EXPECT_EQ(desk.remove(), Lines{"slot changed"});
  desk.wait(5ms);
  EXPECT_EQ(desk.insert(), Lines{});
  EXPECT_EQ(desk.time_left(), 15ms);
  EXPECT_EQ(desk.insert(kOtherAtr), Lines{}) << "again another";
  EXPECT_EQ(desk.wait(15ms), Lines{"slot changed"});
  EXPECT_EQ(desk.send(Type::IccPowerOn, 2), Lines{"DataBlock 2 00 00 00 3b00"});

  desk.remove();
  desk.insert();
  EXPECT_EQ(desk.remove(), Lines{}) << "it was not shown";
  EXPECT_EQ(desk.wait(1s), Lines{});
  EXPECT_EQ(desk.insert(), Lines{"slot changed"});
}

TEST(CcidReader, ACardThatWasResetMustBePoweredAgain) {
  Desk desk;
  EXPECT_EQ(desk.active().insert(), Lines{"slot changed"});
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 01 00 00"});
  EXPECT_EQ(desk.insert(), Lines{}) << "the host sees nothing new";
  EXPECT_EQ(desk.busy().insert(),
            (Lines{"abort transmit", "DataBlock 201 40 fe 00", "slot changed"}));
}

}  // namespace
}  // namespace vscard::ccid
