// Time, aborts, restarts and cards that come and go.

#include "tests/fakes/reader_harness.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::ccid_passthru::ccid {
namespace {

using namespace std::chrono_literals;
using Harness = fakes::ReaderHarness;
using fakes::kOtherAtr;
using fakes::kSelect;
using Type = CommandType;
using Lines = std::vector<std::string>;

TEST(CcidReader, AsksTheHostForMoreTimeWhileTheCardWorks) {
  Harness harness;
  EXPECT_EQ(harness.active().time_left(), std::nullopt);
  harness.transmit(7);
  EXPECT_EQ(harness.time_left(), 1s);
  EXPECT_EQ(harness.wait(999ms), Lines{});
  EXPECT_EQ(harness.wait(1ms), Lines{"wait: DataBlock 7 80 01 00"});
  EXPECT_EQ(harness.time_left(), 1s);
  EXPECT_EQ(harness.wait(90s), Lines{"wait: DataBlock 7 80 01 00"}) << "one is enough";
  EXPECT_EQ(harness.time_left(), 1s);
  EXPECT_EQ(harness.respond("9000"), Lines{"DataBlock 7 00 00 00 9000"});
  EXPECT_EQ(harness.time_left(), std::nullopt);
  EXPECT_EQ(harness.wait(90s), Lines{});
}

TEST(CcidReader, PowerEndsAPendingCommand) {
  for (const Type type : {Type::IccPowerOn, Type::IccPowerOff}) {
    Harness harness;
    harness.busy().send(type, 1);
    EXPECT_EQ(harness.respond("9000"), Lines{}) << "too late";
    EXPECT_EQ(harness.wait(90s), Lines{});
    harness.send(Type::IccPowerOn, 2);
    EXPECT_EQ(harness.transmit(3), Lines{"transmit " + kSelect});
    EXPECT_EQ(harness.respond("9001"), Lines{"DataBlock 3 00 00 00 9001"});
  }
}

TEST(CcidReader, AbortsWithTheControlRequestFirst) {
  Harness harness;
  EXPECT_EQ(harness.busy().abort(5), (Lines{"abort transmit", "DataBlock 201 40 ff 00"}));
  EXPECT_EQ(harness.transmit(3), Lines{"DataBlock 3 40 ff 00"}) << "fails until the message comes";
  EXPECT_EQ(harness.send(Type::GetSlotStatus, 4), Lines{"SlotStatus 4 40 ff 00"});
  EXPECT_EQ(harness.send(Type::Abort, 4), Lines{"SlotStatus 4 40 ff 00"}) << "another bSeq";
  EXPECT_EQ(harness.send(Type::Abort, 5), Lines{"SlotStatus 5 00 00 00"});
  EXPECT_EQ(harness.transmit(6), Lines{"transmit " + kSelect});
}

TEST(CcidReader, AbortsWithTheMessageFirst) {
  Harness harness;
  EXPECT_EQ(harness.busy().send(Type::Abort, 5),
            (Lines{"abort transmit", "DataBlock 201 40 ff 00"}));
  EXPECT_EQ(harness.abort(5), Lines{"SlotStatus 5 00 00 00"});
  EXPECT_EQ(harness.transmit(6), Lines{"transmit " + kSelect});
}

TEST(CcidReader, GivesUpHalfAnAbort) {
  Harness harness;
  harness.active().send(Type::Abort, 5);
  EXPECT_EQ(harness.transmit(6), (Lines{"SlotStatus 5 40 ff 00", "transmit " + kSelect}));
  harness.respond("9000");
  harness.send(Type::Abort, 7);
  EXPECT_EQ(harness.send(Type::Abort, 8), Lines{"SlotStatus 7 40 ff 00"});
  EXPECT_EQ(harness.abort(9), Lines{"SlotStatus 8 40 ff 00"});
  EXPECT_EQ(harness.restart(), Lines{"slot changed"});
  EXPECT_EQ(harness.transmit(10), Lines{"transmit " + kSelect});
}

TEST(CcidReader, DropsACommandWhoseAnswerIsNotRead) {
  Harness harness;
  EXPECT_EQ(harness.busy().abandon(), Lines{"abort transmit"});
  EXPECT_EQ(harness.abandon(), Lines{});
  EXPECT_EQ(harness.respond("9000"), Lines{});
  EXPECT_EQ(harness.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 00 00 00"});
  EXPECT_EQ(harness.transmit(2), Lines{"transmit " + kSelect});
  harness.respond("9000");
  harness.send(Type::Abort, 3);
  harness.abandon();
  EXPECT_EQ(harness.send(Type::GetSlotStatus, 4), Lines{"SlotStatus 4 00 00 00"});
}

TEST(CcidReader, RestartsWithTheCardAsItIs) {
  Harness harness;
  EXPECT_EQ(harness.busy().restart(), (Lines{"abort transmit", "slot changed"}));
  EXPECT_EQ(harness.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 00 00 00"});
  EXPECT_EQ(harness.busy().reset(), (Lines{"abort transmit", "slot changed", "power down"}));
  EXPECT_EQ(harness.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 01 00 00"});
}

TEST(CcidReader, TellsTheSlotsStateOnceForAllChanges) {
  Harness harness;
  EXPECT_EQ(harness.notification(), "5002") << "the first time a guest looks";
  EXPECT_EQ(harness.notification(), "");
  harness.insert();
  harness.remove();
  harness.wait(kEmptyTime);
  harness.insert();
  EXPECT_EQ(harness.notification(), "5003");
  EXPECT_EQ(harness.notification(), "");
  EXPECT_EQ(harness.announce(), Lines{"slot changed"});
  EXPECT_EQ(harness.notification(), "5003");
}

TEST(CcidReader, ShowsTheSlotEmptyBetweenTwoCards) {
  Harness harness;
  harness.busy();
  EXPECT_EQ(harness.insert(kOtherAtr),
            (Lines{"abort transmit", "DataBlock 201 42 fe 00", "slot changed"}));
  EXPECT_EQ(harness.notification(), "5002");
  EXPECT_EQ(harness.time_left(), 20ms);
  EXPECT_EQ(harness.wait(19ms), Lines{});
  EXPECT_EQ(harness.send(Type::IccPowerOn, 1), Lines{"DataBlock 1 42 fe 00"});
  EXPECT_EQ(harness.wait(1ms), Lines{"slot changed"});
  EXPECT_EQ(harness.notification(), "5003");
  EXPECT_EQ(harness.time_left(), std::nullopt);
  EXPECT_EQ(harness.send(Type::IccPowerOn, 2), Lines{"DataBlock 2 00 00 00 3b00"});

  EXPECT_EQ(harness.remove(), Lines{"slot changed"});
  harness.wait(5ms);
  EXPECT_EQ(harness.insert(), Lines{});
  EXPECT_EQ(harness.time_left(), 15ms);
  EXPECT_EQ(harness.insert(kOtherAtr), Lines{}) << "again another";
  EXPECT_EQ(harness.wait(15ms), Lines{"slot changed"});
  EXPECT_EQ(harness.send(Type::IccPowerOn, 2), Lines{"DataBlock 2 00 00 00 3b00"});

  harness.remove();
  harness.insert();
  EXPECT_EQ(harness.remove(), Lines{}) << "it was not shown";
  EXPECT_EQ(harness.wait(1s), Lines{});
  EXPECT_EQ(harness.insert(), Lines{"slot changed"});
}

TEST(CcidReader, ShowsTheSlotEmptyUntilAGuestThatKnewTheCardHasSeenIt) {
  Harness harness;
  const auto status = [&harness] { return harness.send(Type::GetSlotStatus, 1); };
  harness.inserted();
  EXPECT_EQ(status(), Lines{"SlotStatus 1 01 00 00"});
  harness.remove();
  harness.insert(kOtherAtr);
  EXPECT_EQ(harness.time_left(), 420ms);
  EXPECT_EQ(harness.wait(419ms), Lines{});
  EXPECT_EQ(status(), Lines{"SlotStatus 1 02 00 00"});
  EXPECT_EQ(status(), Lines{"SlotStatus 1 02 00 00"});
  EXPECT_EQ(harness.time_left(), 20ms) << "for the guest's programs";
  EXPECT_EQ(harness.wait(20ms), Lines{"slot changed"});

  EXPECT_EQ(status(), Lines{"SlotStatus 1 01 00 00"});
  harness.remove();
  EXPECT_EQ(status(), Lines{"SlotStatus 1 02 00 00"});
  harness.insert();
  EXPECT_EQ(harness.time_left(), 20ms);
  EXPECT_EQ(harness.wait(20ms), Lines{"slot changed"});

  EXPECT_EQ(status(), Lines{"SlotStatus 1 01 00 00"});
  harness.insert(kOtherAtr);
  EXPECT_EQ(harness.wait(420ms), Lines{"slot changed"}) << "it does not ask";
  harness.insert();
  EXPECT_EQ(harness.wait(20ms), Lines{"slot changed"}) << "and is not waited for again";

  EXPECT_EQ(status(), Lines{"SlotStatus 1 01 00 00"});
  harness.insert(kOtherAtr);
  harness.reset();
  EXPECT_EQ(harness.time_left(), 20ms) << "another guest does not know the card";
}

TEST(CcidReader, ACardThatWasResetMustBePoweredAgain) {
  Harness harness;
  EXPECT_EQ(harness.active().insert(), Lines{"slot changed"});
  EXPECT_EQ(harness.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 01 00 00"});
  EXPECT_EQ(harness.insert(), Lines{}) << "the guest sees nothing new";
  EXPECT_EQ(harness.busy().insert(),
            (Lines{"abort transmit", "DataBlock 201 40 fe 00", "slot changed"}));
}

}  // namespace
}  // namespace vscard::ccid_passthru::ccid
