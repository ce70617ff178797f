#include "pcsc-bridge/reader/slot.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace vscard::pcsc_bridge::reader {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

protocol::iso7816::Atr atr(std::uint8_t historical_byte) {
  const std::array<std::uint8_t, 3> bytes{0x3b, 0x01, historical_byte};
  return protocol::iso7816::Atr::parse(bytes).value();
}

TEST(IfdSlot, ShowsNothingBeforeItIsWaitedFor) {
  Slot slot;
  slot.insert(atr(1));
  EXPECT_EQ(slot.card(), std::nullopt);
  EXPECT_FALSE(slot.settled());
  slot.wait_for_change(hours(1));
  EXPECT_EQ(slot.card(), atr(1));
  EXPECT_TRUE(slot.settled());
}

TEST(IfdSlot, HasShownAChangeWhenTheThreadThatWatchesWaitsAgain) {
  Slot slot;
  slot.insert(atr(1));
  EXPECT_TRUE(slot.seen()) << "nobody watches";
  slot.wait_for_change(hours(1));
  EXPECT_FALSE(slot.seen()) << "it acts on the change";
  slot.wait_for_change(milliseconds(1));
  EXPECT_TRUE(slot.seen());
  slot.remove();
  EXPECT_FALSE(slot.seen());
  slot.wait_for_change(hours(1));
  slot.wait_for_change(milliseconds(1));
  EXPECT_TRUE(slot.seen());
}

TEST(IfdSlot, SaysSoWhenAChangeWasSeen) {
  Slot slot;
  int said = 0;
  slot.on_seen([&said] { ++said; });
  slot.insert(atr(1));
  slot.remove();
  slot.wait_for_change(hours(1));
  slot.wait_for_change(hours(1));
  EXPECT_EQ(said, 0) << "the removal is not seen yet";
  slot.wait_for_change(milliseconds(1));
  EXPECT_EQ(said, 1);
  slot.wait_for_change(milliseconds(1));
  EXPECT_EQ(said, 1) << "nothing new";
}

TEST(IfdSlot, ShowsEachChangeInItsTurn) {
  Slot slot;
  slot.insert(atr(1));
  slot.remove();
  slot.remove();
  slot.insert(atr(2));
  slot.insert(atr(3));
  for (const auto& shown :
       {std::optional(atr(1)), std::optional<protocol::iso7816::Atr>(), std::optional(atr(2)),
        std::optional<protocol::iso7816::Atr>(), std::optional(atr(3))}) {
    slot.wait_for_change(hours(1));
    EXPECT_EQ(slot.card(), shown);
  }
  EXPECT_TRUE(slot.settled());
}

TEST(IfdSlot, WaitsNoLongerThanTheLimit) {
  Slot slot;
  slot.wait_for_change(milliseconds(1));
  EXPECT_EQ(slot.card(), std::nullopt);
}

TEST(IfdSlot, EndsTheNextWaitWhenNoneIsUnderWay) {
  Slot slot;
  slot.end_wait();
  slot.wait_for_change(hours(1));
  EXPECT_EQ(slot.card(), std::nullopt);
}

TEST(IfdSlot, EndsAWait) {
  Slot slot;
  std::thread watching([&slot] { slot.wait_for_change(hours(1)); });
  slot.end_wait();
  watching.join();
}

TEST(IfdSlot, DropsPairsOfChangesThatNobodyLooksAt) {
  Slot slot;
  slot.insert(atr(1));
  for (int i = 0; i < 100'000; ++i) {
    slot.remove();
    slot.insert(atr(2));
  }
  int changes = 0;
  for (bool card = true; !slot.settled(); card = !card) {
    slot.wait_for_change(hours(1));
    EXPECT_EQ(slot.card().has_value(), card);
    ++changes;
  }
  EXPECT_LE(changes, 1024);
  EXPECT_EQ(slot.card(), atr(2));
}

}  // namespace
}  // namespace vscard::pcsc_bridge::reader
