#include "cards/faults/fault.hpp"

#include "tests/fakes/cards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::faults {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Fault parsed(std::string_view text) {
  const auto fault = parse_fault(text);
  EXPECT_TRUE(fault) << (fault ? "" : fault.error().text);
  return fault.value_or(Fault{.text = "", .action = Mute{}, .when = {}});
}

std::string refusal(std::string_view text) {
  const auto fault = parse_fault(text);
  return fault ? "" : fault.error().text;
}

template <class T>
T action_of(std::string_view text) {
  return std::get<T>(parsed(text).action);
}

TEST(Fault, SaysWhatGoesWrong) {
  EXPECT_TRUE(std::holds_alternative<Mute>(parsed("mute").action));
  EXPECT_EQ(action_of<Status>("sw:6982").word, 0x6982);
  EXPECT_EQ(action_of<Slow>("slow:3s").by, 3s);
  EXPECT_EQ(action_of<Slow>("slow:20ms").by, 20ms);
  EXPECT_EQ(action_of<Slow>("slow:60m").by, 1h);
  EXPECT_EQ(action_of<Remove>("remove-in").back, 1s);
  EXPECT_TRUE(std::holds_alternative<ResetByOther>(parsed("reset-by-other").action));
  EXPECT_EQ(action_of<CutResponse>("cut-response:4").size, 4U);
  EXPECT_TRUE(std::holds_alternative<FlipBit>(parsed("flip-bit").action));
  EXPECT_EQ(action_of<OtherAtr>("atr:3b00").atr, fakes::atr("3b00"));
}

TEST(Fault, KeepsItsText) { EXPECT_EQ(parsed("sw:6982@ins=2a").text, "sw:6982@ins=2a"); }

TEST(Fault, SaysWhichCommandsItHits) {
  const Condition when = parsed("mute@ins=2a@cla=00@after=1@every=2@p=0.25@seed=7@times=3").when;
  EXPECT_EQ(when.ins, 0x2a);
  EXPECT_EQ(when.cla, 0x00);
  EXPECT_EQ(when.after, 1U);
  EXPECT_EQ(when.every, 2U);
  EXPECT_EQ(when.probability, 0.25);
  EXPECT_EQ(when.seed, 7U);
  EXPECT_EQ(when.times, 3U);
}

TEST(Fault, HasSeveralWaysToWriteAConditionDown) {
  EXPECT_EQ(parsed("flip-bit@p=0.5,seed=7").when.seed, 7U);
  EXPECT_EQ(parsed("remove-in:ins=87").when.ins, 0x87);
  EXPECT_EQ(parsed("remove-in:ins=87@after=2").when.after, 2U);
  EXPECT_EQ(parsed("mute-after:12").when.after, 12U);
}

TEST(Fault, OfARemovalSaysWhenTheCardIsBack) {
  EXPECT_EQ(action_of<Remove>("remove-in@back=2s").back, 2s);
  EXPECT_EQ(action_of<Remove>("remove-in@back=never").back, std::nullopt);
  EXPECT_THAT(refusal("mute@back=2s"), HasSubstr("expected back=2s or back=never, of remove-in"));
}

TEST(Fault, IsRefusedWithWhatIsExpected) {
  EXPECT_EQ(refusal("frob"),
            "fault 'frob': there is no 'frob', but mute, mute-after, sw, slow, remove-in, "
            "reset-by-other, cut-response, flip-bit, atr");
  EXPECT_EQ(refusal("mute@when=1"),
            "fault 'mute@when=1': there is no 'when', but ins, cla, after, every, p, seed, times, "
            "back");
  EXPECT_EQ(refusal("sw:69"), "fault 'sw:69': expected sw:6982");
  for (const char* text : {"",
                           "@",
                           "mute:1",
                           "mute-after",
                           "mute-after:x",
                           "sw",
                           "sw:",
                           "sw:698g",
                           "sw:06982",
                           "slow",
                           "slow:3",
                           "slow:s",
                           "slow:-1s",
                           "slow:61m",
                           "slow:99999999999999999999s",
                           "cut-response:1",
                           "cut-response:65539",
                           "flip-bit:3",
                           "atr:",
                           "atr:3b",
                           "atr:3b0",
                           "atr:3b00@times=1",
                           "mute@",
                           "mute@@times=1",
                           "mute@ins",
                           "mute@ins=2",
                           "mute@ins=02a",
                           "mute@every=0",
                           "mute@p=1.5",
                           "mute@p=-1",
                           "mute@p=nan",
                           "mute@p=",
                           "mute@seed=",
                           "mute@times=-1"}) {
    EXPECT_NE(refusal(text), "") << text;
  }
}

}  // namespace
}  // namespace vscard::cards::faults
