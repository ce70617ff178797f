// A reader, its card and their commands.

#include "tests/protocol/vsc/client_conversation.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::protocol::vsc {
namespace {

using std::chrono::milliseconds;
using test::apdu;
using test::Conversation;
using test::error;
using test::kShownEmpty;
using test::kSoftAtr;
using test::Lines;
using test::other_atr;

TEST(VscClient, AttachesAReaderAndItsCardStepByStep) {
  Conversation talk;
  EXPECT_EQ(talk.add_reader("soft"), Lines{}) << "nothing is sent before the start";
  EXPECT_EQ(talk.insert(), Lines{});
  EXPECT_EQ(talk.start(), Lines{"> Init 0 extension"});
  EXPECT_EQ(talk.receive(test::init()), Lines{"> ReaderRemove 0"})
      << "what an unclean exit left is cleared first";
  EXPECT_EQ(talk.receive(error(0)), Lines{"> ReaderAdd x 'soft'"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"accepted 0"});
  EXPECT_EQ(talk.time_left(), kShownEmpty) << "so that the guest sees what was cleared";
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{std::string("> ATR 0 ") + kSoftAtr});
  EXPECT_EQ(talk.receive(error(0)), Lines{});
  EXPECT_EQ(talk.time_left(), std::nullopt) << "an idle conversation waits for ever";
}

TEST(VscClient, IsSettledWhenTheHostHasConfirmedWhatItIsToSee) {
  Conversation talk;
  EXPECT_TRUE(talk.settled()) << "there is no host";
  talk.add_reader();
  talk.insert();
  talk.start();
  EXPECT_FALSE(talk.settled()) << "the host has yet to greet";
  talk.receive(test::init());
  talk.receive(error(0));
  talk.receive(error(0));
  EXPECT_FALSE(talk.settled()) << "the card is held back";
  talk.wait(kShownEmpty);
  EXPECT_FALSE(talk.settled());
  talk.receive(error(0));
  EXPECT_TRUE(talk.settled());
  talk.remove();
  EXPECT_FALSE(talk.settled());
  talk.insert();
  talk.receive(error(0));
  EXPECT_FALSE(talk.settled()) << "the removal is confirmed, and the insertion is not";
  talk.lost();
  EXPECT_TRUE(talk.settled());
}

TEST(VscClient, UsesTheNumberThatTheHostGives) {
  Conversation talk;
  talk.add_reader();
  talk.start();
  talk.receive(test::init());
  talk.receive(error(1));  // nothing was there to clear
  EXPECT_EQ(talk.receive(error(0, ReaderId{5})), Lines{"accepted 0"});
  talk.wait(kShownEmpty);
  EXPECT_EQ(talk.insert(), Lines{std::string("> ATR 5 ") + kSoftAtr});
  talk.receive(error(0, ReaderId{5}));
  EXPECT_EQ(talk.receive(apdu("00840000", ReaderId{5})), Lines{"command 0 00840000"});
  EXPECT_EQ(talk.receive(apdu("00840000", ReaderId{0})), Lines{"> Error 0 1"});
  EXPECT_EQ(talk.respond("9000"), Lines{"> APDU 5 9000"});
}

TEST(VscClient, TakesAnUndefinedNumberAsTheFirst) {
  Conversation talk;
  talk.add_reader();
  talk.start();
  talk.receive(test::init());
  talk.receive(error(0));
  talk.receive(error(0, kUndefinedReader));
  talk.wait(kShownEmpty);
  EXPECT_EQ(talk.insert(), Lines{std::string("> ATR 0 ") + kSoftAtr});
}

TEST(VscClient, AnswersACommand) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.receive(apdu("00a40400")), Lines{"command 0 00a40400"});
  EXPECT_EQ(talk.respond("6a82"), Lines{"> APDU 0 6a82"});
  EXPECT_EQ(talk.receive(apdu("00840000")), Lines{"command 0 00840000"});
  EXPECT_EQ(talk.no_answer(), Lines{"> Error 0 1"});
  EXPECT_EQ(talk.respond("9000"), Lines{}) << "one answer a command";
}

TEST(VscClient, GivesACardOneCommandAtATimeAndKeepsTheirOrder) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.receive(apdu("01")), Lines{"command 0 01"});
  EXPECT_EQ(talk.receive(apdu("02")), Lines{});
  EXPECT_EQ(talk.receive(test::flush()), Lines{}) << "two answers are owed";
  EXPECT_EQ(talk.respond("9001"), (Lines{"> APDU 0 9001", "command 0 02"}));
  EXPECT_EQ(talk.respond("9002"), (Lines{"> APDU 0 9002", "> FlushComplete 0"}));
  EXPECT_EQ(talk.receive(test::flush()), Lines{"> FlushComplete 0"});
}

TEST(VscClient, EndsWithAHostThatDoesNotWaitForAnswers) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("00"));
  for (std::size_t i = 0; i < kMaxQueuedCommands; ++i) EXPECT_EQ(talk.receive(apdu("01")), Lines{});
  EXPECT_EQ(talk.receive(apdu("01")),
            Lines{"ended: the peer sends commands without waiting for their answers"});
}

TEST(VscClient, BoundsFlushesToo) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("00"));
  for (std::size_t i = 0; i < kMaxQueuedCommands; ++i)
    EXPECT_EQ(talk.receive(test::flush()), Lines{});
  EXPECT_EQ(talk.receive(test::flush()),
            Lines{"ended: the peer sends commands without waiting for their answers"});
}

TEST(VscClient, FailsACommandWithoutACardAtOnce) {
  Conversation talk;
  talk.add_reader();
  talk.start();
  EXPECT_EQ(talk.receive(apdu("00840000")), Lines{"> Error 0 1"}) << "sent before the host's Init";
  talk.receive(test::init());
  talk.receive(error(0));
  talk.receive(error(0));
  EXPECT_EQ(talk.receive(apdu("00840000")), Lines{"> Error 0 1"});
}

TEST(VscClient, ShowsASwapAsRemovalAndInsertion) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.insert(other_atr()), Lines{"> CardRemove 0"});
  EXPECT_EQ(talk.receive(error(0)), Lines{});
  EXPECT_EQ(talk.wait(kShownEmpty - milliseconds(1)), Lines{}) << "a guest needs time to notice";
  EXPECT_EQ(talk.wait(milliseconds(1)), Lines{"> ATR 0 3b00"});
}

TEST(VscClient, SwapsAtOnceForAHostThatHoldsChangesBack) {
  Conversation talk(kAmpleLimits);
  talk.attached();
  EXPECT_EQ(talk.insert(other_atr()), Lines{"> CardRemove 0"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"> ATR 0 3b00"});
}

TEST(VscClient, CoalescesWhatHappensWhileARequestIsPending) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.remove(), Lines{"> CardRemove 0"});
  EXPECT_EQ(talk.insert(other_atr()), Lines{});
  EXPECT_EQ(talk.remove(), Lines{});
  EXPECT_EQ(talk.insert(), Lines{});
  talk.receive(error(0));
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{std::string("> ATR 0 ") + kSoftAtr});
  EXPECT_EQ(talk.remove(), Lines{}) << "the answer to ATR is pending";
  EXPECT_EQ(talk.insert(), Lines{});
  EXPECT_EQ(talk.receive(error(0)), Lines{"> CardRemove 0"}) << "the host sees that it was out";
  talk.receive(error(0));
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{std::string("> ATR 0 ") + kSoftAtr});
}

TEST(VscClient, ShowsAResetAsRemovalAndInsertion) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.reset(), Lines{"> CardRemove 0"});
  talk.receive(error(0));
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{std::string("> ATR 0 ") + kSoftAtr});
  talk.receive(error(0));
  EXPECT_EQ(talk.remove(), Lines{"> CardRemove 0"});
  talk.receive(error(0));
  EXPECT_EQ(talk.reset(), Lines{}) << "there is no card to reset";
}

// The card's own answer to the command comes later, and would be taken for the next one's.
TEST(VscClient, FailsThePendingCommandWhenTheCardIsReset) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("01"));
  EXPECT_EQ(talk.reset(other_atr()), (Lines{"> Error 0 1", "> CardRemove 0"}));
  EXPECT_EQ(talk.receive(apdu("02")), Lines{"> Error 0 1"}) << "sent before the host knew";
  talk.receive(error(0));
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{"> ATR 0 3b00"});
  talk.receive(error(0));
  EXPECT_EQ(talk.receive(apdu("03")), Lines{});
  EXPECT_EQ(talk.respond("9001"), Lines{"command 0 03"});
}

TEST(VscClient, FailsThePendingCommandsWhenTheCardIsRemoved) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("01"));
  talk.receive(apdu("02"));
  talk.receive(test::flush());
  EXPECT_EQ(talk.remove(),
            (Lines{"> Error 0 1", "> Error 0 1", "> FlushComplete 0", "> CardRemove 0"}));
  talk.receive(error(0));
  talk.insert();
  talk.wait(kShownEmpty);
  talk.receive(error(0));
  EXPECT_EQ(talk.receive(apdu("03")), Lines{}) << "the card still works on the first command";
  EXPECT_EQ(talk.respond("9001"), Lines{"command 0 03"}) << "whose answer is nobody's";
  EXPECT_EQ(talk.respond("9003"), Lines{"> APDU 0 9003"});
}

}  // namespace
}  // namespace vscard::protocol::vsc
