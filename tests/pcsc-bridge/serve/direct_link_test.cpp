// What VSC and its two ends would see to, where there are none.

#include "session/host_session.hpp"
#include "tests/fakes/direct_link_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::pcsc_bridge::serve {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kNoCard = make_error_code(protocol::Errc::NoCard).message();
const std::string kFailed = make_error_code(protocol::Errc::CardFailed).message();
const std::string kTooLate = make_error_code(protocol::Errc::NoAnswer).message();

class DirectLinkTest : public testing::Test, protected fakes::DirectLinkUser {
 protected:
  void begin() {
    insert("3b00");
    plug();
    EXPECT_THAT(take(), ElementsAre("card: accepted", "inserted 3b00"));
  }
};

TEST_F(DirectLinkTest, BringsCommandsToTheCardAndAnswersBack) {
  begin();
  transmit("00a40000");
  EXPECT_THAT(take(), ElementsAre("card: 00a40000"));
  respond("9000");
  EXPECT_THAT(take(), ElementsAre("9000"));
  transmit("00b00000");
  fail();
  EXPECT_THAT(take(), ElementsAre("card: 00b00000", kFailed));
}

TEST_F(DirectLinkTest, AnswersWithoutACard) {
  plug();
  transmit("00a40000");
  EXPECT_THAT(take(), ElementsAre("card: accepted", kNoCard));
}

TEST_F(DirectLinkTest, DoesNotTakeALateAnswerForThatToTheNextCommand) {
  begin();
  transmit("01");
  link().abort();
  transmit("02");
  EXPECT_THAT(take(), ElementsAre("card: 01"));
  respond("9001");
  EXPECT_THAT(take(), ElementsAre("card: 02"));
  respond("9002");
  EXPECT_THAT(take(), ElementsAre("9002"));
}

TEST_F(DirectLinkTest, ForgetsACommandThatWaitsForALateAnswer) {
  begin();
  transmit("01");
  link().abort();
  transmit("02");
  link().abort();
  respond("9001");
  EXPECT_THAT(take(), ElementsAre("card: 01"));
}

TEST_F(DirectLinkTest, AnswersACommandWhoseCardIsRemoved) {
  begin();
  transmit("01");
  remove();
  EXPECT_THAT(take(), ElementsAre("card: 01", kNoCard, "removed"));
  insert("3b0177");
  transmit("02");
  respond("9001");
  EXPECT_THAT(take(), ElementsAre("inserted 3b0177", "card: 02")) << "the late answer has no taker";
}

TEST_F(DirectLinkTest, ShowsEachStepOfAFastSwap) {
  begin();
  keep_busy();
  remove();
  insert("3b0177");
  EXPECT_THAT(take(), ElementsAre("removed"));
  EXPECT_FALSE(settled());
  transmit("01");
  EXPECT_THAT(take(), ElementsAre(kNoCard));
  look();
  EXPECT_THAT(take(), ElementsAre("inserted 3b0177"));
  EXPECT_TRUE(settled());
}

TEST_F(DirectLinkTest, ShowsARemovalOfACardThatIsBackBeforeItsInsertionWasSeen) {
  keep_busy();
  insert("3b00");
  plug();
  remove();
  insert("3b00");
  EXPECT_THAT(take(), ElementsAre("card: accepted", "inserted 3b00"));
  link().look();
  EXPECT_THAT(take(), IsEmpty()) << "the programs are busy";
  look();
  EXPECT_THAT(take(), ElementsAre("removed", "inserted 3b00"));
}

TEST_F(DirectLinkTest, DoesNotWaitForEverUntilAProgramLooks) {
  begin();
  keep_busy();
  remove();
  insert("3b0177");
  pass(milliseconds(100));
  EXPECT_THAT(take(), ElementsAre("removed"));
  pass(session::kShowTimeout);
  EXPECT_THAT(take(), ElementsAre("inserted 3b0177"));
  EXPECT_FALSE(settled());
  pass(2 * session::kShowTimeout);
  EXPECT_TRUE(settled());
}

TEST_F(DirectLinkTest, ShowsAResetAsTheSameCardAgain) {
  begin();
  reset("3b020102");
  EXPECT_THAT(take(), ElementsAre("inserted 3b020102"));
}

TEST_F(DirectLinkTest, ShowsACardThatTakesTooLongAsRemovedUntilItAnswers) {
  begin();
  transmit("01");
  pass(kApduTimeout);
  EXPECT_THAT(take(), ElementsAre("card: 01", "card: is mute", kTooLate, "removed"));
  EXPECT_EQ(link().deadline(), std::nullopt);
  transmit("02");
  EXPECT_THAT(take(), ElementsAre(kNoCard));
  respond("9001");
  EXPECT_THAT(take(), ElementsAre("inserted 3b00"));
  transmit("03");
  EXPECT_THAT(take(), ElementsAre("card: 03"));
}

TEST_F(DirectLinkTest, ResetsACardThatWasUsed) {
  using protocol::vsc::PowerAction;
  begin();
  link().power(PowerAction::ColdReset);
  EXPECT_THAT(take(), IsEmpty());
  transmit("01");
  respond("9000");
  link().power(PowerAction::ColdReset);
  link().power(PowerAction::Down);
  EXPECT_THAT(take(), ElementsAre("card: 01", "9000", "card: reset"));
}

TEST_F(DirectLinkTest, TellsTheCardThatItsReaderHasGone) {
  begin();
  transmit("01");
  EXPECT_EQ(link().remote(), "this process");
  link().close();
  EXPECT_EQ(link().remote(), std::nullopt);
  respond("9000");
  remove();
  EXPECT_THAT(take(), ElementsAre("card: 01", "card: host has gone"));
  EXPECT_TRUE(settled());
}

}  // namespace
}  // namespace vscard::pcsc_bridge::serve
