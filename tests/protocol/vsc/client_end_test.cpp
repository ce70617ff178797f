// What ends a conversation or a command, and how it is left.

#include "tests/protocol/vsc/client_conversation.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace vscard::protocol::vsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::apdu;
using test::Conversation;
using test::error;
using test::kShownEmpty;
using test::kSoftAtr;
using test::Lines;
using test::other_atr;
using test::soft_atr;
using test::text_of;

TEST(VscClient, DoesNotRetryACardThatTheHostRefuses) {
  Conversation talk;
  talk.adding();
  talk.receive(error(0));
  talk.wait(kShownEmpty);
  EXPECT_EQ(talk.receive(error(1)), Lines{"card refused 0"});
  EXPECT_EQ(talk.time_left(), std::nullopt);
}

TEST(VscClient, EndsWhenTheHostRefusesTheReader) {
  for (const std::uint32_t code : {1U, 2U, 0x02000000U}) {
    Conversation talk;
    talk.add_reader();
    talk.start();
    talk.receive(test::init());
    talk.receive(error(0));
    EXPECT_EQ(talk.receive(error(code)), Lines{"ended: the host refuses the reader"}) << code;
    EXPECT_EQ(talk.insert(), Lines{}) << "nothing follows the end";
  }
}

TEST(VscClient, IgnoresWhatMeansNothing) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.receive(test::init()), Lines{}) << "QEMU greets twice";
  EXPECT_EQ(talk.receive(error(1)), Lines{}) << "no request is pending";
  EXPECT_EQ(talk.receive(test::unknown(77)), Lines{});
}

TEST(VscClient, EndsOnMessagesThatAHostNeverSends) {
  for (const auto& make : std::vector<std::function<vsc::Message()>>{
           [] { return test::reader_add(); }, [] { return test::reader_remove(); },
           [] { return test::atr("3b00"); }, [] { return test::card_remove(); },
           [] { return test::flush_complete(); }}) {
    Conversation talk;
    talk.attached();
    EXPECT_EQ(talk.receive(make()),
              Lines{"ended: the peer sent a message that is not allowed here"});
  }
}

TEST(VscClient, RefusesAResponseThatTheHostCannotTake) {
  Conversation stock;
  stock.attached();
  const std::string fits(std::size_t{374} * 2, 'a');
  stock.receive(apdu("00b00000"));
  EXPECT_EQ(stock.respond(fits.c_str()), Lines{"> APDU 0 " + fits});
  stock.receive(apdu("00b00000"));
  EXPECT_EQ(stock.respond((fits + "aa").c_str()), (Lines{"> Error 0 1", "too long 0 375 of 374"}));

  Conversation ample(kAmpleLimits);
  ample.attached();
  ample.receive(apdu("00b00000"));
  EXPECT_EQ(ample.respond((fits + "aa").c_str()), Lines{"> APDU 0 " + fits + "aa"});
}

TEST(VscClient, ShowsAMuteCardAsRemovedUntilItAnswers) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("01"));
  EXPECT_EQ(talk.time_left(), seconds(1));
  EXPECT_EQ(talk.wait(kApduTimeout - seconds(1)), Lines{"look 0"})
      << "nobody says that it is alive";
  EXPECT_EQ(talk.wait(seconds(1)), (Lines{"> Error 0 1", "mute 0", "> CardRemove 0"}));
  EXPECT_EQ(talk.receive(error(0)), Lines{});
  EXPECT_EQ(talk.time_left(), std::nullopt);
  EXPECT_EQ(talk.receive(apdu("02")), Lines{"> Error 0 1"});
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{});
  EXPECT_EQ(talk.respond("9000"), Lines{std::string("> ATR 0 ") + kSoftAtr});
}

TEST(VscClient, EndsWithAHostThatNeverGreets) {
  Conversation talk;
  talk.add_reader();
  talk.start();
  EXPECT_EQ(talk.time_left(), kAnswerTimeout);
  EXPECT_EQ(talk.wait(kAnswerTimeout), Lines{"ended: the peer does not answer"});
  EXPECT_EQ(talk.time_left(), std::nullopt);
}

TEST(VscClient, TellsTheNextHostEverythingAgain) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("01"));
  talk.lost();
  EXPECT_EQ(talk.time_left(), std::nullopt);
  EXPECT_EQ(talk.remove(), Lines{});
  EXPECT_EQ(talk.insert(other_atr()), Lines{});
  EXPECT_EQ(talk.start(), Lines{"> Init 0 extension"});
  EXPECT_EQ(talk.receive(test::init()), Lines{"> ReaderRemove 0"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"> ReaderAdd x 'soft'"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"accepted 0"});
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{"> ATR 0 3b00"});
  talk.receive(error(0));
  EXPECT_EQ(talk.receive(apdu("02")), Lines{}) << "the card still works for the last host";
  EXPECT_EQ(talk.respond("9001"), Lines{"command 0 02"}) << "whose answer is nobody's";
}

TEST(VscClient, TakesNoteOfAnAnswerThatComesAfterTheEnd) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("01"));
  talk.receive(test::reader_add());  // a host never sends it: the end
  EXPECT_EQ(talk.respond("9001"), Lines{});
  talk.lost();
  talk.start();
  talk.receive(test::init());
  talk.receive(error(0));
  talk.receive(error(0));
  EXPECT_EQ(talk.wait(kApduTimeout), Lines{std::string("> ATR 0 ") + kSoftAtr}) << "it is not mute";
  talk.receive(error(0));
  EXPECT_EQ(talk.receive(apdu("02")), Lines{"command 0 02"});
}

TEST(VscClient, LeavesCardFirst) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("01"));
  EXPECT_EQ(talk.leave(), (Lines{"> Error 0 1", "> CardRemove 0"}));
  EXPECT_EQ(talk.receive(error(0)), Lines{"> ReaderRemove 0"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"ended"});
  EXPECT_EQ(talk.respond("9000"), Lines{});
}

TEST(VscClient, LeavesWhileARequestIsPending) {
  Conversation talk;
  talk.adding();
  EXPECT_EQ(talk.leave(), Lines{}) << "ReaderAdd is pending";
  EXPECT_EQ(talk.receive(error(0)), (Lines{"accepted 0", "> ReaderRemove 0"}));
  EXPECT_EQ(talk.receive(error(0)), Lines{"ended"});
}

TEST(VscClient, LeavesAtOnceBeforeTheHostHasGreeted) {
  Conversation idle;
  EXPECT_EQ(idle.leave(), Lines{"ended"});
  Conversation talk;
  talk.add_reader();
  talk.start();
  EXPECT_EQ(talk.leave(), Lines{"ended"});
}

TEST(VscClient, DoesNotWaitLongForAnAnswerToItsLeaving) {
  Conversation talk;
  talk.attached();
  talk.leave();
  EXPECT_EQ(talk.time_left(), seconds(3));
  EXPECT_EQ(talk.wait(seconds(3)), Lines{"ended"});
}

// Every step at which the client waits for the host, and the host says nothing, or no.
TEST(VscClient, NeverWaitsForEver) {
  for (int answered = 0; answered < 3; ++answered) {
    Conversation talk;
    talk.add_reader();
    talk.insert();
    talk.start();
    if (answered > 0) talk.receive(test::init());
    for (int i = 1; i < answered; ++i) talk.receive(error(0));
    ASSERT_EQ(talk.time_left(), seconds(20)) << "after " << answered << " answers";
    EXPECT_EQ(talk.wait(milliseconds(19'999)), Lines{}) << "after " << answered << " answers";
    EXPECT_EQ(talk.wait(milliseconds(1)), Lines{"ended: the peer does not answer"});
  }
}

/// At a host that has room for two readers.
void agree(VscClient& client) {
  client.start({});
  client.receive(test::init(kExtension), {});
  client.receive(test::ext_hello(kMaxPayload, 0, 2), {});
  client.receive(error(0), {});
}

TEST(VscClient, ServesTwoReadersOneRequestAtATime) {
  VscClient client;
  const Time now{};
  client.add_reader(ReaderId{0}, "a", now);
  client.add_reader(ReaderId{1}, "b", now);
  agree(client);
  EXPECT_EQ(text_of(client.receive(error(0, ReaderId{7}), now)),
            (Lines{"accepted 0", "> ReaderAdd x 'b'"}));
  EXPECT_EQ(text_of(client.receive(error(0, ReaderId{3}), now)), Lines{"accepted 1"});
  client.insert_card(ReaderId{1}, soft_atr(), now);
  client.receive(error(0, ReaderId{3}), now);
  EXPECT_EQ(text_of(client.receive(apdu("00", ReaderId{7}), now)), Lines{"> Error 7 1"});
  EXPECT_EQ(text_of(client.receive(apdu("00", ReaderId{3}), now)), Lines{"command 1 00"});
}

// A request about the other reader delays the news that the card is another one.
TEST(VscClient, GivesACommandToNoOtherCard) {
  VscClient client;
  const Time now{};
  client.add_reader(ReaderId{0}, "a", now);
  client.add_reader(ReaderId{1}, "b", now);
  client.insert_card(ReaderId{0}, soft_atr(), now);
  agree(client);
  client.receive(error(0, ReaderId{0}), now);
  client.receive(error(0, ReaderId{0}), now);
  EXPECT_EQ(text_of(client.receive(error(0, ReaderId{1}), now)), Lines{"accepted 1"});
  EXPECT_EQ(text_of(client.receive(apdu("01"), now)), Lines{"command 0 01"});
  client.insert_card(ReaderId{1}, soft_atr(), now);
  EXPECT_EQ(text_of(client.insert_card(ReaderId{0}, other_atr(), now)), Lines{});
  EXPECT_EQ(text_of(client.receive(apdu("02"), now)), Lines{});
  EXPECT_EQ(text_of(client.no_answer(ReaderId{0}, now)), (Lines{"> Error 0 1", "> Error 0 1"}));
  EXPECT_EQ(text_of(client.receive(apdu("03"), now)), Lines{"> Error 0 1"});
  EXPECT_EQ(text_of(client.receive(error(0, ReaderId{1}), now)), Lines{"> CardRemove 0"});
}

}  // namespace
}  // namespace vscard::protocol::vsc
