// Both sides of vpcd's protocol, with the bytes that Debian's vpcd and its cards send.

#include "tests/protocol/vpcd/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::protocol::vpcd {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;
using std::chrono::seconds;
using test::texts;
using testing::ElementsAre;
using testing::IsEmpty;
using vsc::PowerAction;

constexpr Time kNow{seconds(100)};
constexpr seconds kLimit{5};

SecretBytes bytes_of(std::string_view hex) { return SecretBytes::copy_of(from_hex(hex)); }
iso7816::Atr atr_of(std::string_view hex) { return iso7816::Atr::parse(from_hex(hex)).value(); }

std::vector<std::string> decoded(const std::vector<std::uint8_t>& stream, std::size_t split) {
  Decoder decoder;
  std::vector<std::string> messages;
  for (const Bytes part : {Bytes(stream).first(split), Bytes(stream).subspan(split)}) {
    const ExactBytes exact(part);
    decoder.feed(exact);
    while (const auto message = decoder.next()) messages.push_back(to_hex(message->view()));
  }
  return messages;
}

TEST(VpcdDecoder, FindsMessagesWhereverTheyAreSplit) {
  const auto stream = from_hex(
      "0001 04"          // GetAtr
      "0005 00a4040000"  // SELECT
      "0000"             // nothing
      "0002 9000");      // a response
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    EXPECT_THAT(decoded(stream, split), ElementsAre("04", "00a4040000", "", "9000")) << split;
  }
}

TEST(VpcdDecoder, HoldsWhatIsNotWhole) {
  const auto stream = from_hex("0003 0102");
  Decoder decoder;
  decoder.feed(stream);
  EXPECT_FALSE(decoder.next());
  EXPECT_TRUE(decoder.in_message());
}

TEST(VpcdMessages, TakeTheLargestThatTheirLengthCanSay) {
  const auto largest = SecretBytes::zeros(kMaxMessage);
  const auto encoded = encode(largest.view());
  Decoder decoder;
  decoder.feed(encoded.view());
  EXPECT_EQ(decoder.next(), largest);
  EXPECT_EQ(to_hex(encoded.view().first(2)), "ffff");
}

class Reader : public testing::Test {
 protected:
  /// To an idle one.
  void connect() {
    static_cast<void>(reader_.start(kNow));
    receive("3b00");
  }
  std::vector<std::string> receive(std::string_view hex) {
    return texts(reader_.receive(bytes_of(hex), kNow));
  }
  std::vector<std::string> transmit(std::string_view hex) {
    return texts(reader_.transmit(bytes_of(hex), kNow));
  }
  std::vector<std::string> reset(PowerAction action) { return texts(reader_.reset(action, kNow)); }
  std::vector<std::string> wait(seconds time) { return texts(reader_.expire(kNow + time)); }

  VpcdReader reader_{kLimit};
};

TEST_F(Reader, PowersACardAndAsksForItsAtr) {
  EXPECT_THAT(texts(reader_.start(kNow)), ElementsAre("send 000101", "send 000104"));
  EXPECT_FALSE(reader_.idle());
  EXPECT_THAT(receive("3b00"), ElementsAre("powered 3b00"));
  EXPECT_TRUE(reader_.idle());
}

TEST_F(Reader, SendsACommandWithItsLengthInOne) {
  connect();
  EXPECT_THAT(transmit("00a4040000"), ElementsAre("send 000500a4040000"));
  EXPECT_THAT(receive("9000"), ElementsAre("response 9000"));
  EXPECT_TRUE(reader_.idle());
}

TEST_F(Reader, ResetsByPower) {
  connect();
  EXPECT_THAT(reset(PowerAction::ColdReset),
              ElementsAre("send 000100", "send 000101", "send 000104"));
  EXPECT_THAT(receive("3b80800101"), ElementsAre("powered 3b80800101"));
}

TEST_F(Reader, ResetsWithoutPower) {
  connect();
  EXPECT_THAT(reset(PowerAction::WarmReset), ElementsAre("send 000102", "send 000104"));
  EXPECT_THAT(receive("3b80800101"), ElementsAre("powered 3b80800101"));
}

TEST_F(Reader, PowersACardUpThatIsDownForACommandOrAReset) {
  for (const auto action : {PowerAction::ColdReset, PowerAction::WarmReset}) {
    connect();
    EXPECT_THAT(reset(PowerAction::Down), ElementsAre("send 000100"));
    EXPECT_TRUE(reader_.idle());
    EXPECT_EQ(reader_.deadline(), std::nullopt);
    EXPECT_THAT(reset(PowerAction::Down), ElementsAre()) << "it is";
    EXPECT_THAT(transmit("00a4040000"), ElementsAre("send 000101", "send 000500a4040000"));
    EXPECT_THAT(receive("9000"), ElementsAre("response 9000"));
    reset(PowerAction::Down);
    EXPECT_THAT(reset(action), ElementsAre("send 000101", "send 000104"));
    EXPECT_THAT(receive("3b00"), ElementsAre("powered 3b00"));
    reset(PowerAction::Down);
    EXPECT_THAT(receive("9000"), ElementsAre("the peer sent a message that is not allowed here"))
        << "nobody waits";
  }
}

TEST_F(Reader, TakesAnAnswerOfLessThanTwoBytesForADeadCard) {
  for (const char* answer : {"", "90"}) {
    connect();
    transmit("00a4040000");
    EXPECT_THAT(receive(answer), ElementsAre("the peer sent a message of the wrong length"));
    EXPECT_THAT(receive("9000"), IsEmpty()) << "it has ended";
    static_cast<void>(reader_.start(kNow));
    EXPECT_THAT(receive(answer), ElementsAre("the peer sent a message of the wrong length"));
  }
}

TEST_F(Reader, RefusesAnAtrThatIsNone) {
  static_cast<void>(reader_.start(kNow));
  EXPECT_THAT(receive("9000"), ElementsAre("malformed ATR"));
}

TEST_F(Reader, RefusesAnAnswerThatNobodyWaitsFor) {
  connect();
  EXPECT_THAT(receive("9000"), ElementsAre("the peer sent a message that is not allowed here"));
}

TEST_F(Reader, WaitsForAnAnswerOnlySoLong) {
  connect();
  EXPECT_FALSE(reader_.deadline()) << "a card may be silent while nothing is asked";
  transmit("00a4040000");
  EXPECT_EQ(reader_.deadline(), kNow + kLimit);
  EXPECT_THAT(wait(kLimit - seconds(1)), IsEmpty());
  EXPECT_THAT(wait(kLimit), ElementsAre("the peer does not answer"));
  static_cast<void>(reader_.start(kNow));
  EXPECT_THAT(wait(vsc::kAnswerTimeout), ElementsAre("the peer does not answer"));
}

class Card : public testing::Test {
 protected:
  Card() { card_.start(atr_of("3b00")); }
  std::vector<std::string> receive(std::string_view hex) {
    return texts(card_.receive(bytes_of(hex), kNow));
  }

  VpcdCard card_{kLimit};
};

TEST_F(Card, IsSeenWhenItsAtrIsAskedForAndAnswersThatForEver) {
  EXPECT_FALSE(card_.seen());
  EXPECT_THAT(receive("04"), ElementsAre("send 00023b00", "seen"));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(receive("04"), ElementsAre("send 00023b00"));
  EXPECT_TRUE(card_.seen());
  EXPECT_FALSE(card_.deadline());
}

TEST_F(Card, IsResetWhenItIsSwitchedOffAndByAReset) {
  EXPECT_THAT(receive("01"), IsEmpty());
  EXPECT_THAT(receive("00"), ElementsAre("down"));
  EXPECT_THAT(receive("02"), ElementsAre("warm reset"));
}

TEST_F(Card, IsSeenByAReaderThatBeginsWithACommand) {
  EXPECT_THAT(receive("00a4040000"), ElementsAre("seen", "transmit 00a4040000"));
  card_.respond(bytes_of("9000"));
  EXPECT_THAT(receive("04"), ElementsAre("send 00023b00"));
}

TEST_F(Card, AnswersACommandOnce) {
  receive("04");
  EXPECT_THAT(receive("00a4040000"), ElementsAre("transmit 00a4040000"));
  EXPECT_THAT(texts(card_.respond(bytes_of("9000"))), ElementsAre("send 00029000"));
  EXPECT_THAT(texts(card_.respond(bytes_of("9000"))), IsEmpty());
  EXPECT_THAT(texts(card_.no_answer()), IsEmpty());
}

TEST_F(Card, IsTakenOutWhenItHasNoAnswerOrNotInTime) {
  receive("00a4040000");
  EXPECT_THAT(texts(card_.no_answer()), ElementsAre("the card did not answer"));
  card_.start(atr_of("3b00"));
  receive("00a4040000");
  EXPECT_THAT(texts(card_.expire(kNow + kLimit)), ElementsAre("the peer does not answer"));
  card_.start(atr_of("3b00"));
  receive("00a4040000");
  EXPECT_THAT(texts(card_.respond(SecretBytes::zeros(kMaxMessage + 1))),
              ElementsAre("the card did not answer"));
}

TEST_F(Card, RefusesAReaderThatDoesNotWait) {
  receive("00a4040000");
  EXPECT_THAT(receive("04"), ElementsAre("the peer sent a message that is not allowed here"));
  card_.start(atr_of("3b00"));
  EXPECT_THAT(receive(""), ElementsAre("the peer sent a message of the wrong length"));
}

TEST_F(Card, TakesWhatIsNoControlForACommand) {
  receive("04");
  EXPECT_THAT(receive("03"), ElementsAre("transmit 03"));
}

}  // namespace
}  // namespace vscard::protocol::vpcd
