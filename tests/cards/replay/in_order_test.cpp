#include "cards/replay/in_order.hpp"

#include "tests/cards/replay/recordings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::replay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReplayInOrder : public testing::Test {
 protected:
  InOrder of(const std::vector<std::string>& words) {
    return {"f", script(words), [this](const std::string& line) { told_.push_back(line); },
            [this](const std::string& line) { warnings_.push_back(line); }};
  }

  std::vector<std::string> told_;
  std::vector<std::string> warnings_;
};

TEST_F(ReplayInOrder, AnswersTheCommandsAsTheyCame) {
  InOrder player = of({"00a40000 9000", "00b00000 019000", "00b00000 029000", "00b00000 failed"});
  EXPECT_EQ(answer(player, "00a40000"), "9000");
  EXPECT_EQ(answer(player, "00b00000"), "019000");
  EXPECT_EQ(answer(player, "00b00000"), "029000");
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_EQ(answer(player, "00b00000"), "failed");
  EXPECT_THAT(told_, ElementsAre("f: played to its end"));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(ReplayInOrder, TakesAnLeAfterDataAsT0AndT1HaveIt) {
  for (const auto* const recorded : {"00a4040002a000", "00a4040002a00000"}) {
    for (const auto* const played : {"00a4040002a000", "00a4040002a00000", "00a4040002a00010"}) {
      InOrder player = of({std::string(recorded) + " 6f009000"});
      EXPECT_EQ(answer(player, played), "6f009000") << recorded << " " << played;
    }
  }
  InOrder player = of({"00b0000010 9000"});
  EXPECT_EQ(answer(player, "00b00000"), "6f00") << "without data it is sent";
}

TEST_F(ReplayInOrder, TellsWhereTheFirstDifferenceIs) {
  InOrder player = of({"00a40000 9000", "00b00000 019000"});
  EXPECT_EQ(answer(player, "00a40000"), "9000");
  EXPECT_EQ(answer(player, "00b00001"), "6f00");
  EXPECT_EQ(answer(player, "00b00000"), "6f00") << "the card may be in another state now";
  EXPECT_THAT(warnings_, ElementsAre("f:4: expected 00b00000, got 00b00001; this and all that "
                                     "follows is answered 6F00"));
}

TEST_F(ReplayInOrder, TellsWhereLongCommandsDiffer) {
  const std::string begin = "00b0000048" + std::string(140, '0');
  InOrder player = of({begin + "0102 9000"});
  EXPECT_EQ(answer(player, begin + "0103"), "6f00");
  const std::string shown = begin.substr(0, 128) + "... (77 bytes)";
  EXPECT_THAT(warnings_, ElementsAre("f:2: expected " + shown + ", got " + shown +
                                     ", which differ from byte 76 "
                                     "on; this and all that follows is answered 6F00"));
}

TEST_F(ReplayInOrder, TellsThatItWasAtItsEnd) {
  InOrder player = of({"00a40000 9000"});
  EXPECT_EQ(answer(player, "00a40000"), "9000");
  EXPECT_EQ(answer(player, "00b00000"), "6f00");
  EXPECT_THAT(warnings_, ElementsAre("f:2: expected nothing more after this command, got 00b00000; "
                                     "this and all that follows is answered 6F00"));
}

TEST_F(ReplayInOrder, ShowsNoPinOfTheDifference) {
  InOrder player = of({"00a40000 9000"});
  EXPECT_EQ(answer(player, "0020008003313233"), "6f00");
  EXPECT_THAT(warnings_, ElementsAre("f:2: expected 00a40000, got 00200080 and what is not shown; "
                                     "this and all that follows is answered 6F00"));
}

TEST_F(ReplayInOrder, ShowsNoPinThatWasRecorded) {
  InOrder player = of({"0020008008313233343536ffff 9000"});
  EXPECT_EQ(answer(player, "0020008008363534333231ffff"), "6f00");
  EXPECT_THAT(warnings_,
              ElementsAre("f:2: expected 00200080 and what is not shown, got 00200080 and what is "
                          "not shown; this and all that follows is answered 6F00"));
}

TEST_F(ReplayInOrder, TellsThatItHasNoCommand) {
  InOrder player = of({"reset"});
  EXPECT_EQ(answer(player, "00b00000"), "6f00");
  EXPECT_THAT(warnings_, ElementsAre("f: expected no command at all, got 00b00000; this and all "
                                     "that follows is answered 6F00"));
}

TEST_F(ReplayInOrder, TakesAnyPinForOneThatIsBlank) {
  const std::vector<std::string> words{"00200080/083132333435363738 9000"};
  for (const char* command : {"00200080083132333435363738", "002000800431323334", "00200080"}) {
    InOrder player = of(words);
    EXPECT_EQ(answer(player, command), "9000") << command;
  }
  InOrder player = of(words);
  EXPECT_EQ(answer(player, "00200081083132333435363738"), "6f00");
}

TEST_F(ReplayInOrder, LeavesResetsToTheHost) {
  InOrder player = of({"reset", "00a40000 9000", "reset", "reset", "00b00000 9000", "reset"});
  player.reset();
  EXPECT_EQ(answer(player, "00a40000"), "9000");
  EXPECT_EQ(answer(player, "00b00000"), "9000");
  EXPECT_THAT(told_, ElementsAre("f: played to its end"));
  player.reset();
}

/// "in", "out", "reset", or nothing.
std::string next(const Player& player) {
  const Happening* const next = player.next_happening();
  if (next == nullptr) return "";
  if (std::holds_alternative<CardInserted>(next->event)) return "in";
  return std::holds_alternative<CardRemoved>(next->event) ? "out" : "reset";
}

TEST_F(ReplayInOrder, LetsTheCardComeAndGoBetweenTheCommands) {
  InOrder player = of({"in 3b00", "> 00b00000", "out", "< no-card", "in 3b00", "00a40000 9000",
                       "other-reset 3b00", "00a40000 9000"});
  EXPECT_EQ(next(player), "in");
  EXPECT_EQ(player.next_happening()->after, std::chrono::seconds(1));
  player.pass_happening();
  EXPECT_EQ(next(player), "");
  EXPECT_EQ(answer(player, "00b00000"), "no card");
  EXPECT_EQ(next(player), "out");
  player.pass_happening();
  EXPECT_EQ(next(player), "in");
  EXPECT_EQ(answer(player, "00a40000"), "no card") << "which comes too early, and is no difference";
  player.pass_happening();
  EXPECT_EQ(answer(player, "00a40000"), "9000");
  EXPECT_EQ(next(player), "reset");
  player.pass_happening();
  EXPECT_EQ(answer(player, "00a40000"), "9000");
  EXPECT_EQ(next(player), "");
}

TEST_F(ReplayInOrder, LeavesTheCardInAfterADifference) {
  InOrder player = of({"00a40000 9000", "out", "00a40000 9000"});
  EXPECT_EQ(answer(player, "00b00000"), "6f00");
  EXPECT_EQ(next(player), "");
}

TEST_F(ReplayInOrder, LeavesOutACommandThatWasNeverAnswered) {
  InOrder player = of({"> 00a40000", "start", "00b00000 9000", "> 00c00000"});
  EXPECT_EQ(answer(player, "00b00000"), "9000");
  EXPECT_THAT(told_, ElementsAre("f: played to its end"));
}

TEST_F(ReplayInOrder, TakesTheCardOutBetweenTwoStarts) {
  InOrder player = of({"in 3b00", "start", "in 3b00"});
  for (const char* expected : {"in", "out", "in"}) {
    EXPECT_EQ(next(player), expected);
    player.pass_happening();
  }
  EXPECT_EQ(next(player), "");
}

TEST_F(ReplayInOrder, OfNothingExpectsNothing) {
  InOrder player = of({});
  EXPECT_EQ(next(player), "");
  EXPECT_EQ(answer(player, "00a40000"), "6f00");
  EXPECT_EQ(answer(player, ""), "6f00");
}

}  // namespace
}  // namespace vscard::cards::replay
