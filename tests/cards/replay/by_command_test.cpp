#include "cards/replay/by_command.hpp"

#include "tests/cards/replay/recordings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::replay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReplayByCommand : public testing::Test {
 protected:
  ByCommand of(const std::vector<std::string>& words) {
    return {"f", script(words), [this](const std::string& line) { warnings_.push_back(line); }};
  }

  std::vector<std::string> warnings_;
};

TEST_F(ReplayByCommand, AnswersInAnyOrder) {
  ByCommand player = of({"00ca0001 019000", "00ca0002 029000", "00ca0003 failed"});
  EXPECT_EQ(answer(player, "00ca0002"), "029000");
  EXPECT_EQ(answer(player, "00ca0001"), "019000");
  EXPECT_EQ(answer(player, "00ca0001"), "019000");
  EXPECT_EQ(answer(player, "00ca0003"), "failed");
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(ReplayByCommand, TellsEachCommandThatItDoesNotHave) {
  ByCommand player = of({"00ca0001 019000"});
  EXPECT_EQ(answer(player, "00ca0002"), "6f00");
  EXPECT_EQ(answer(player, "0020008003313233"), "6f00");
  EXPECT_EQ(answer(player, "00ca0001"), "019000");
  EXPECT_THAT(warnings_,
              ElementsAre("f: there is no answer here to 00ca0002",
                          "f: there is no answer here to 00200080 and what is not shown"));
}

TEST_F(ReplayByCommand, KnowsWhatIsSelected) {
  ByCommand player = of({"00a4040001aa 9000", "00b00000 aa9000", "00a4000002f001 9000",
                         "00b00000 f19000", "00a4040001bb 9000", "00b00000 bb9000"});
  EXPECT_EQ(answer(player, "00b00000"), "6f00") << "nothing is selected";
  answer(player, "00a4040001bb");
  EXPECT_EQ(answer(player, "00b00000"), "bb9000");
  answer(player, "00a4040001aa");
  EXPECT_EQ(answer(player, "00b00000"), "aa9000");
  answer(player, "00a4000002f001");
  EXPECT_EQ(answer(player, "00b00000"), "f19000");
  player.reset();
  EXPECT_EQ(answer(player, "00b00000"), "6f00");
}

TEST_F(ReplayByCommand, KeepsWhatWasSelectedWhenASelectionFails) {
  ByCommand player = of({"00a4040001aa 9000", "00a4040001bb 6a82", "00b00000 aa9000"});
  answer(player, "00a4040001aa");
  EXPECT_EQ(answer(player, "00b00000"), "aa9000");
}

TEST_F(ReplayByCommand, KnowsWhatIsVerified) {
  ByCommand player =
      of({"00870000 6982", "00ca0001 019000", "00200080/0431323334 9000", "00870000 559000"});
  EXPECT_EQ(answer(player, "00870000"), "6982");
  EXPECT_EQ(answer(player, "002000800439393939"), "9000");
  EXPECT_EQ(answer(player, "00870000"), "559000");
  EXPECT_EQ(answer(player, "00ca0001"), "019000") << "which it gave without a PIN, too";
  player.reset();
  EXPECT_EQ(answer(player, "00870000"), "6982");
}

// What was refused without a PIN says nothing of what is with one.
TEST_F(ReplayByCommand, DoesNotTakeARefusalForTheAnswerAfterAPin) {
  ByCommand player = of({"00870000 6982", "00200080/0431323334 9000"});
  answer(player, "00200080");
  EXPECT_EQ(answer(player, "00870000"), "6f00");
}

TEST_F(ReplayByCommand, GivesTheAnswersToOneCommandInTheirOrder) {
  ByCommand player = of({"00200080 63c3", "00200080/01 63c2", "00200080 63c2"});
  EXPECT_EQ(answer(player, "00200080"), "63c3");
  EXPECT_EQ(answer(player, "0020008001"), "63c2");
  EXPECT_EQ(answer(player, "00200080"), "63c2");
  EXPECT_EQ(answer(player, "00200080"), "63c2");
}

TEST_F(ReplayByCommand, KnowsOfWhatTheRestIs) {
  ByCommand player = of({"00ca0001 01016102", "00c00002 11119000", "00ca0002 02026102",
                         "00c00002 22226101", "00c00001 239000"});
  answer(player, "00ca0002");
  EXPECT_EQ(answer(player, "00c00002"), "22226101");
  EXPECT_EQ(answer(player, "00c00001"), "239000");
  EXPECT_EQ(answer(player, "00c00002"), "6f00") << "there is no more";
  answer(player, "00ca0002");
  EXPECT_EQ(answer(player, "00ca0001"), "01016102") << "the rest may be left";
  EXPECT_EQ(answer(player, "00c00002"), "11119000");
}

TEST_F(ReplayByCommand, KnowsWhatAChainBeganWith) {
  ByCommand player =
      of({"1087000001aa 9000", "0087000001ff aa9000", "1087000001bb 9000", "0087000001ff bb9000"});
  answer(player, "1087000001bb");
  EXPECT_EQ(answer(player, "0087000001ff"), "bb9000");
  answer(player, "1087000001aa");
  EXPECT_EQ(answer(player, "0087000001ff"), "aa9000");
  EXPECT_EQ(answer(player, "0087000001ff"), "6f00");
}

TEST_F(ReplayByCommand, IsInFromTheBeginOn) {
  ByCommand player = of({"out", "in 3b00", "out", "in 3b01ff"});
  ASSERT_NE(player.next_happening(), nullptr);
  EXPECT_EQ(std::get<CardInserted>(player.next_happening()->event).atr, fakes::atr("3b00"));
  player.pass_happening();
  EXPECT_EQ(player.next_happening(), nullptr);
}

}  // namespace
}  // namespace vscard::cards::replay
