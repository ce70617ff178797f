#include "cards/replay/reader.hpp"

#include "cards/replay/in_order.hpp"
#include "tests/cards/replay/recordings.hpp"
#include "tests/fakes/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::replay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReplayedCard : public testing::Test {
 protected:
  void play(const std::vector<std::string>& words) {
    const auto ignored = [](const std::string&) {};
    reader_ = std::make_unique<Reader>(
        io_.get_executor(), "r", std::make_unique<InOrder>("f", script(words), ignored, ignored));
    user_ = std::make_unique<fakes::CardUser>(io_, *reader_);
  }

  asio::io_context io_{1};
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<fakes::CardUser> user_;
};

TEST_F(ReplayedCard, IsInAndAnswers) {
  play({"in 3b00", "00a40000 9000"});
  EXPECT_EQ(user_->answer("00a40000"), "no card") << "not yet; but that brings it in";
  EXPECT_THAT(user_->hears(1), ElementsAre("inserted 3b00"));
  user_->reset();
  EXPECT_THAT(user_->hears(1), ElementsAre("atr 3b00"));
  EXPECT_EQ(user_->answer("00a40000"), "9000");
  EXPECT_EQ(reader_->info().name, "r");
  EXPECT_TRUE(reader_->info().verbatim);
}

TEST_F(ReplayedCard, IsPulledOutByItself) {
  play({"in 3b00", "> 00a40000", "out", "< no-card", "in " + fakes::kAtr, "00a40000 9000"});
  EXPECT_THAT(user_->hears(1), ElementsAre("inserted 3b00"));
  user_->send("00a40000");
  EXPECT_THAT(user_->hears(2), ElementsAre("no card", "removed"));
  user_->reset();
  EXPECT_THAT(user_->hears(1), ElementsAre("no card"));
  user_->send("00a40000");
  EXPECT_THAT(user_->hears(2), ElementsAre("no card", "inserted " + fakes::kAtr));
  EXPECT_EQ(user_->answer("00a40000"), "9000");
}

TEST_F(ReplayedCard, IsResetByAnother) {
  play({"in 3b00", "> 00a40000", "other-reset " + fakes::kAtr, "< failed"});
  user_->hears(1);
  user_->send("00a40000");
  EXPECT_THAT(user_->hears(2), ElementsAre("failed", "reset " + fakes::kAtr));
  user_->reset();
  EXPECT_THAT(user_->hears(1), ElementsAre("atr " + fakes::kAtr));
}

TEST_F(ReplayedCard, ThatWasNeverInIsNot) {
  play({});
  EXPECT_THAT(user_->hears_now(), IsEmpty());
  EXPECT_EQ(user_->answer("00a40000"), "no card");
}

}  // namespace
}  // namespace vscard::cards::replay
