#include "protocol/vsc_client.hpp"

#include "tests/protocol/hex.hpp"
#include "tests/protocol/vsc_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace vscard::protocol {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::apdu;
using test::error;
using test::from_hex;
using test::text_of;
using Lines = std::vector<std::string>;

constexpr ReaderId kReader{0};
constexpr std::chrono::milliseconds kShownEmpty{500};  ///< no card after a removal, at least
constexpr const char* kSoftAtr = "3b7a18000073667465206364313434";

Atr soft_atr() { return Atr::parse(from_hex(kSoftAtr)).value(); }
Atr other_atr() { return Atr::parse(from_hex("3b00")).value(); }
SecretBytes secret(const char* hex) { return SecretBytes::copy_of(from_hex(hex)); }

/// A machine with its clock, and with what it did as text.
class Conversation {
 public:
  explicit Conversation(Peer host = {}) : client_(host) {}

  Lines start() { return text_of(client_.start(now_)); }
  Lines receive(vsc::Message message) { return text_of(client_.receive(std::move(message), now_)); }
  Lines add_reader(const char* name = "soft") {
    return text_of(client_.add_reader(kReader, name, now_));
  }
  Lines insert(const Atr& atr = soft_atr()) {
    return text_of(client_.insert_card(kReader, atr, now_));
  }
  Lines reset(const Atr& atr = soft_atr()) {
    return text_of(client_.reset_card(kReader, atr, now_));
  }
  Lines remove() { return text_of(client_.remove_card(kReader, now_)); }
  Lines respond(const char* hex) { return text_of(client_.respond(kReader, secret(hex), now_)); }
  Lines no_answer() { return text_of(client_.no_answer(kReader, now_)); }
  void lost() { client_.lost(); }
  Lines leave() { return text_of(client_.leave(now_)); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(client_.expire(now_));
  }
  std::optional<Duration> time_left() const {
    const auto deadline = client_.deadline();
    if (!deadline) return std::nullopt;
    return *deadline - now_;
  }

  /// Reader and card at the host, nothing pending.
  Conversation& attached() {
    add_reader();
    insert();
    start();
    receive(test::init());
    receive(error(0));  // ReaderRemove
    receive(error(0));  // ReaderAdd
    wait(kShownEmpty);
    receive(error(0));  // ATR
    return *this;
  }

 private:
  VscClient client_;
  Time now_{};
};

TEST(VscClient, AttachesAReaderAndItsCardStepByStep) {
  Conversation talk;
  EXPECT_EQ(talk.add_reader("soft"), Lines{}) << "nothing is sent before the start";
  EXPECT_EQ(talk.insert(), Lines{});
  EXPECT_EQ(talk.start(), Lines{"> Init 0"});
  EXPECT_EQ(talk.receive(test::init()), Lines{"> ReaderRemove 0"})
      << "what an unclean exit left is cleared first";
  EXPECT_EQ(talk.receive(error(0)), Lines{"> ReaderAdd x 'soft'"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"accepted 0"});
  EXPECT_EQ(talk.time_left(), kShownEmpty) << "so that the guest sees what was cleared";
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{std::string("> ATR 0 ") + kSoftAtr});
  EXPECT_EQ(talk.receive(error(0)), Lines{});
  EXPECT_EQ(talk.time_left(), std::nullopt) << "an idle conversation waits for ever";
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
  Conversation talk(kAmplePeer);
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

TEST(VscClient, ShowsAResetAsAnotherAtr) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.reset(other_atr()), Lines{"> ATR 0 3b00"});
  talk.receive(error(0));
  EXPECT_EQ(talk.remove(), Lines{"> CardRemove 0"});
  talk.receive(error(0));
  EXPECT_EQ(talk.reset(), Lines{}) << "there is no card to reset";
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

TEST(VscClient, DoesNotRetryACardThatTheHostRefuses) {
  Conversation talk;
  talk.add_reader();
  talk.insert();
  talk.start();
  talk.receive(test::init());
  talk.receive(error(0));
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
    EXPECT_EQ(talk.receive(make()), Lines{"ended: the peer sent a message that has no place here"});
  }
}

TEST(VscClient, RefusesAResponseThatTheHostCannotTake) {
  Conversation stock;
  stock.attached();
  const std::string fits(std::size_t{374} * 2, 'a');
  stock.receive(apdu("00b00000"));
  EXPECT_EQ(stock.respond(fits.c_str()), Lines{"> APDU 0 " + fits});
  stock.receive(apdu("00b00000"));
  EXPECT_EQ(stock.respond((fits + "aa").c_str()), (Lines{"> Error 0 1", "too long 0 375"}));

  Conversation ample(kAmplePeer);
  ample.attached();
  ample.receive(apdu("00b00000"));
  EXPECT_EQ(ample.respond((fits + "aa").c_str()), Lines{"> APDU 0 " + fits + "aa"});
}

TEST(VscClient, ShowsAMuteCardAsRemovedUntilItAnswers) {
  Conversation talk;
  talk.attached();
  talk.receive(apdu("01"));
  EXPECT_EQ(talk.time_left(), kApduTimeout);
  EXPECT_EQ(talk.wait(kApduTimeout - seconds(1)), Lines{});
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
  EXPECT_EQ(talk.start(), Lines{"> Init 0"});
  EXPECT_EQ(talk.receive(test::init()), Lines{"> ReaderRemove 0"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"> ReaderAdd x 'soft'"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"accepted 0"});
  EXPECT_EQ(talk.wait(kShownEmpty), Lines{"> ATR 0 3b00"});
  talk.receive(error(0));
  EXPECT_EQ(talk.receive(apdu("02")), Lines{}) << "the card still works for the last host";
  EXPECT_EQ(talk.respond("9001"), Lines{"command 0 02"}) << "whose answer is nobody's";
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
  talk.add_reader();
  talk.insert();
  talk.start();
  talk.receive(test::init());
  talk.receive(error(0));
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
    ASSERT_EQ(talk.time_left(), kAnswerTimeout) << "after " << answered << " answers";
    EXPECT_EQ(talk.wait(kAnswerTimeout), Lines{"ended: the peer does not answer"});
  }
}

TEST(VscClient, ServesTwoReadersOneRequestAtATime) {
  VscClient client;
  const Time now{};
  client.add_reader(ReaderId{0}, "a", now);
  client.add_reader(ReaderId{1}, "b", now);
  client.start(now);
  client.receive(test::init(), now);
  client.receive(error(0), now);
  EXPECT_EQ(text_of(client.receive(error(0, ReaderId{7}), now)),
            (Lines{"accepted 0", "> ReaderAdd x 'b'"}));
  EXPECT_EQ(text_of(client.receive(error(0, ReaderId{3}), now)), Lines{"accepted 1"});
  client.insert_card(ReaderId{1}, soft_atr(), now);
  client.receive(error(0, ReaderId{3}), now);
  EXPECT_EQ(text_of(client.receive(apdu("00", ReaderId{7}), now)), Lines{"> Error 7 1"});
  EXPECT_EQ(text_of(client.receive(apdu("00", ReaderId{3}), now)), Lines{"command 1 00"});
}

}  // namespace
}  // namespace vscard::protocol
