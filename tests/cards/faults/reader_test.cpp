#include "cards/faults/reader.hpp"

#include "tests/fakes/card_reader.hpp"
#include "tests/fakes/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::faults {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FaultyCard : public testing::Test {
 protected:
  FaultyCard() { user_.hears_now(); }

  void add(std::string_view fault) { reader_.add(parse_fault(fault).value()); }

  asio::io_context io_{1};
  fakes::FakeCard card_;
  std::vector<std::string> told_;
  Reader reader_{
      io_.get_executor(), card_, {}, [this](const Hit& hit) { told_.push_back(describe(hit)); }};
  fakes::CardUser user_{io_, reader_};
};

TEST_F(FaultyCard, IsTheCardItselfWithoutAFault) {
  EXPECT_EQ(user_.answer("00b00000"), "00b000009000");
  user_.reset();
  EXPECT_THAT(user_.hears(1), ElementsAre("atr 3b00"));
  card_.remove();
  card_.insert();
  card_.reset_by_another();
  EXPECT_THAT(user_.hears_now(), ElementsAre("removed", "inserted 3b00", "reset 3b00"));
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_FALSE(reader_.info().verbatim);
}

TEST_F(FaultyCard, IsMute) {
  add("mute");
  EXPECT_EQ(user_.answer("00b00000"), "failed");
  EXPECT_THAT(card_.done(), IsEmpty());
  EXPECT_THAT(told_, ElementsAre("fault mute hits the command 00b00000..."));
  EXPECT_TRUE(reader_.info().verbatim);
}

TEST_F(FaultyCard, AnswersSomethingElse) {
  add("sw:6982@ins=b0");
  EXPECT_EQ(user_.answer("00b00000"), "6982");
  EXPECT_EQ(user_.answer("00a40000"), "00a400009000");
  EXPECT_THAT(card_.done(), ElementsAre("00a40000"));
}

TEST_F(FaultyCard, GivesASpoiltAnswer) {
  add("cut-response:3");
  EXPECT_EQ(user_.answer("00b00000"), "00b000");
  add("flip-bit");
  const std::string answer = user_.answer("00b00000");
  EXPECT_EQ(answer.size(), 6U);
  EXPECT_NE(answer, "00b000");
}

TEST_F(FaultyCard, KeepsTheOrderWhileItIsSlow) {
  add("slow:10ms@times=1");
  user_.send("00b00001");
  user_.send("00b00002");
  user_.reset();
  EXPECT_THAT(user_.hears(3), ElementsAre("00b000019000", "00b000029000", "atr 3b00"));
  EXPECT_THAT(card_.done(), ElementsAre("00b00001", "00b00002", "reset"));
}

TEST_F(FaultyCard, IsNoLongerSlowWhenItsFaultsAreCleared) {
  add("slow:60m");
  user_.send("00b00001");
  EXPECT_THAT(user_.hears_now(), IsEmpty());
  reader_.clear();
  user_.send("00b00002");
  EXPECT_THAT(user_.hears(2), ElementsAre("00b000019000", "00b000029000"));
}

TEST_F(FaultyCard, IsPulledOutAndComesBackWithoutItsPins) {
  add("remove-in@back=0s@times=1");
  user_.send("00b00000");
  EXPECT_THAT(user_.hears(3), ElementsAre("removed", "no card", "inserted 3b00"));
  EXPECT_THAT(card_.done(), ElementsAre("down"));
  EXPECT_EQ(user_.answer("00b00000"), "00b000009000");
}

TEST_F(FaultyCard, StaysOutUntilItsFaultsAreCleared) {
  add("remove-in@back=never");
  user_.send("00b00000");
  EXPECT_THAT(user_.hears(2), ElementsAre("removed", "no card"));
  EXPECT_EQ(user_.answer("00b00000"), "no card");
  user_.reset();
  EXPECT_THAT(user_.hears(1), ElementsAre("no card"));
  EXPECT_THAT(card_.done(), ElementsAre("down"));
  card_.remove();
  card_.insert(fakes::kAtr);
  EXPECT_THAT(user_.hears_now(), IsEmpty()) << "it is out already";
  reader_.clear();
  EXPECT_THAT(user_.hears_now(), ElementsAre("inserted " + fakes::kAtr));
}

TEST_F(FaultyCard, DoesNotComeBackIfSomebodyTookItAwayMeanwhile) {
  add("remove-in@back=never");
  user_.send("00b00000");
  user_.hears(2);
  card_.remove();
  reader_.clear();
  EXPECT_THAT(user_.hears_now(), IsEmpty());
}

TEST_F(FaultyCard, IsResetByAnother) {
  add("reset-by-other@every=2");
  EXPECT_EQ(user_.answer("00b00000"), "00b000009000");
  user_.send("00b00000");
  EXPECT_THAT(user_.hears(2), ElementsAre("reset 3b00", "failed"));
  EXPECT_THAT(card_.done(), ElementsAre("00b00000", "warm reset"));
}

TEST_F(FaultyCard, HasAnotherAtrWheneverItIsPowered) {
  add("atr:" + fakes::kAtr);
  user_.reset();
  EXPECT_THAT(user_.hears(1), ElementsAre("atr " + fakes::kAtr));
  card_.remove();
  card_.insert();
  card_.reset_by_another();
  EXPECT_THAT(user_.hears_now(),
              ElementsAre("removed", "inserted " + fakes::kAtr, "reset " + fakes::kAtr));
  EXPECT_EQ(told_.size(), 3U);
  EXPECT_EQ(told_.front(), "fault atr:" + fakes::kAtr + " in place of 3b00");
}

TEST_F(FaultyCard, ListsItsFaults) {
  add("mute@ins=b0");
  user_.answer("00b00000");
  user_.answer("00a40000");
  ASSERT_EQ(reader_.list().size(), 1U);
  EXPECT_EQ(reader_.list().front().text, "mute@ins=b0");
  EXPECT_EQ(reader_.list().front().fired, 1U);
}

// What a real card does wrong is passed on.
TEST_F(FaultyCard, PassesOnWhatTheCardItselfDoesWrong) {
  add("slow:0s");
  card_.next(fakes::CardFault::Fails);
  card_.next(fakes::CardFault::NoCard);
  EXPECT_EQ(user_.answer("00b00000"), "failed");
  EXPECT_EQ(user_.answer("00b00000"), "no card");
}

}  // namespace
}  // namespace vscard::cards::faults
