#include "protocol/vsc/host.hpp"

#include "protocol/vsc/decoder.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace vscard::protocol::vsc {
namespace {

using fakes::from_hex;
using fakes::to_hex;
using std::chrono::seconds;
using test::apdu;
using test::atr;
using test::error;
using test::text_of;
using Lines = std::vector<std::string>;

constexpr ReaderId kReader{0};
const std::string kSoftAtr = "3b7a18000073667465206364313434";

class Conversation {
 public:
  explicit Conversation(PeerLimits client = {}) : host_(client) { host_.start(now_); }

  Lines receive(vsc::Message message) { return text_of(host_.receive(std::move(message), now_)); }
  Lines transmit(const std::string& hex) {
    return text_of(host_.transmit(kReader, SecretBytes::copy_of(from_hex(hex)), now_));
  }
  Lines abort() { return text_of(host_.abort(kReader, now_)); }
  bool pending() const { return host_.pending(kReader); }
  Lines lost() { return text_of(host_.lost()); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(host_.expire(now_));
  }
  std::optional<Duration> time_left() const {
    const auto deadline = host_.deadline();
    if (!deadline) return std::nullopt;
    return *deadline - now_;
  }

  /// A reader with a card, nothing pending.
  Conversation& attached() {
    receive(test::init());
    receive(test::reader_add("soft"));
    receive(atr(kSoftAtr));
    return *this;
  }

 private:
  VscHost host_;
  Time now_{};
};

TEST(VscHost, AnswersAClientThatAttaches) {
  Conversation talk;
  EXPECT_EQ(talk.receive(test::init()), Lines{"> Init x"});
  EXPECT_EQ(talk.receive(test::reader_remove()), Lines{"> Error 0 0"});
  EXPECT_EQ(talk.receive(test::reader_add("soft")), (Lines{"> Error 0 0", "reader 0 'soft'"}));
  EXPECT_EQ(talk.receive(atr(kSoftAtr)), (Lines{"> Error 0 0", "card 0 " + kSoftAtr}));
  EXPECT_EQ(talk.receive(test::card_remove()), (Lines{"no card 0", "> Error 0 0"}));
  EXPECT_EQ(talk.receive(test::reader_remove()), (Lines{"no reader 0", "> Error 0 0"}));
  EXPECT_EQ(talk.time_left(), std::nullopt);
}

// The recorded vscclient sends its messages to us, and gets what it got from QEMU, whatever we have
// for others.
TEST(VscHost, AnswersTheRecordedClientAsQemuDid) {
  std::ifstream file(VSCARD_TEST_DATA "/vsc-transcript.txt");
  std::optional<VscHost> host;
  Lines ours;
  Lines recorded;
  const auto note = [&](VscHost::Actions actions) {
    for (const auto& action : actions) {
      if (const auto* send = std::get_if<VscHost::Send>(&action)) {
        ours.push_back(to_hex(vsc::encode(send->message).view()));
      }
    }
  };
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("connection")) {
      host.emplace(PeerLimits{}, kApduTimeout, kSilence, 8);
      host->start(Time{});
    }
    if (!line.starts_with("C ") && !line.starts_with("H ")) continue;
    const auto bytes = from_hex(line.substr(2));
    vsc::Decoder decoder;
    decoder.feed(bytes);
    auto message = decoder.next();
    ASSERT_TRUE(message && *message);
    const bool command = std::holds_alternative<vsc::Apdu>((*message)->body);
    if (line[0] == 'H') {
      recorded.push_back(to_hex(bytes));
      if (command) {
        note(host->transmit(kReader, std::move(std::get<vsc::Apdu>((*message)->body).bytes),
                            Time{}));
      }
    } else {
      note(host->receive(std::move(**message), Time{}));
    }
  }
  // Which of several answers was recorded before the client's next request is chance: per kind,
  // they are the same.
  std::ranges::sort(ours);
  std::ranges::sort(recorded);
  EXPECT_EQ(recorded.size(), 15U);
  EXPECT_EQ(ours, recorded);
}

TEST(VscHost, TakesAnyNumberForTheOnlyReader) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.transmit("00840000"), Lines{"> APDU 0 00840000"});
  EXPECT_EQ(talk.receive(apdu("9000", kUndefinedReader)), Lines{"response 0 9000"});
  EXPECT_EQ(talk.receive(test::card_remove(ReaderId{7})), (Lines{"no card 0", "> Error 7 0"}));
}

TEST(VscHost, TakesAnAtrWithoutAReader) {
  Conversation talk;
  talk.receive(test::init());
  EXPECT_EQ(talk.receive(atr(kSoftAtr)),
            (Lines{"reader 0 ''", "> Error 0 0", "card 0 " + kSoftAtr}));
}

TEST(VscHost, RefusesAnAtrThatIsNone) {
  for (const std::string bad : {"", "3b", "3c00", "3b7a", "3b0000"}) {
    Conversation talk;
    talk.attached();
    EXPECT_EQ(talk.receive(atr(bad)), (Lines{"no card 0", "> Error 0 1"})) << bad;
    EXPECT_EQ(talk.transmit("00840000"), Lines{"no answer 0: no card in the reader"});
  }
}

TEST(VscHost, MatchesACommandWithItsAnswer) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.transmit("00a40400"), Lines{"> APDU 0 00a40400"});
  EXPECT_TRUE(talk.pending());
  EXPECT_EQ(talk.receive(apdu("6a82")), Lines{"response 0 6a82"});
  EXPECT_FALSE(talk.pending());
  EXPECT_EQ(talk.receive(apdu("9000")), Lines{}) << "nobody asked";
  EXPECT_EQ(talk.receive(error(1)), Lines{}) << "nobody asked";
}

TEST(VscHost, TakesAnyErrorAsNoAnswer) {
  for (const std::uint32_t code : {0U, 1U, 0x01000000U}) {
    Conversation talk;
    talk.attached();
    talk.transmit("00a40400");
    EXPECT_EQ(talk.receive(error(code)), Lines{"no answer 0: the card did not answer"}) << code;
  }
}

TEST(VscHost, TakesAResponseWithoutAStatusWordAsNoAnswer) {
  for (const std::string bad : {"", "90"}) {
    Conversation talk;
    talk.attached();
    talk.transmit("00a40400");
    EXPECT_EQ(talk.receive(apdu(bad)), Lines{"no answer 0: the card did not answer"});
  }
}

TEST(VscHost, AnswersACommandThatIsTooLongForTheClientItself) {
  Conversation stock;
  stock.attached();
  const std::string fits(std::size_t{270} * 2, '0');
  EXPECT_EQ(stock.transmit(fits), Lines{"> APDU 0 " + fits});
  stock.receive(apdu("9000"));
  EXPECT_EQ(stock.transmit(fits + "00"), Lines{"response 0 6700"});
  EXPECT_FALSE(stock.pending());

  Conversation ample(kAmpleLimits);
  ample.attached();
  EXPECT_EQ(ample.transmit(fits + "00"), Lines{"> APDU 0 " + fits + "00"});
}

TEST(VscHost, HoldsTheNextCommandUntilALateAnswerHasCome) {
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  talk.abort();
  EXPECT_FALSE(talk.pending());
  EXPECT_EQ(talk.transmit("02"), Lines{});
  EXPECT_TRUE(talk.pending());
  EXPECT_EQ(talk.receive(apdu("9001")), Lines{"> APDU 0 02"}) << "the first one's, dropped";
  EXPECT_EQ(talk.receive(apdu("9002")), Lines{"response 0 9002"});
}

// Both what is at the client and what is held back for it counts as pending.
TEST(VscHost, RefusesACommandWhileOneIsPending) {
  const Lines refused{"no answer 0: the peer sends commands without waiting for their answers"};
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  EXPECT_EQ(talk.transmit("02"), refused);
  EXPECT_EQ(talk.receive(apdu("9001")), Lines{"response 0 9001"}) << "the first one goes on";
  talk.transmit("03");
  talk.abort();
  talk.transmit("04");
  EXPECT_EQ(talk.transmit("05"), refused);
  EXPECT_EQ(talk.receive(apdu("9003")), Lines{"> APDU 0 04"});
  EXPECT_EQ(talk.receive(apdu("9004")), Lines{"response 0 9004"});
}

TEST(VscHost, AnAbortOfAHeldCommandDropsIt) {
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  talk.abort();
  talk.transmit("02");
  talk.abort();
  EXPECT_EQ(talk.receive(error(1)), Lines{});
  EXPECT_EQ(talk.transmit("03"), Lines{"> APDU 0 03"});
}

// After each of these no late answer can come.
TEST(VscHost, StopsWaitingForALateAnswer) {
  Conversation removed;
  removed.attached();
  removed.transmit("01");
  removed.abort();
  removed.transmit("02");
  EXPECT_EQ(removed.receive(test::card_remove()),
            (Lines{"no answer 0: no card in the reader", "no card 0", "> Error 0 0"}));
  removed.receive(atr(kSoftAtr));
  EXPECT_EQ(removed.transmit("03"), Lines{"> APDU 0 03"});

  Conversation swapped;
  swapped.attached();
  swapped.transmit("01");
  swapped.abort();
  EXPECT_EQ(swapped.receive(atr("3b00")), (Lines{"> Error 0 0", "card 0 3b00"}));
  EXPECT_EQ(swapped.transmit("02"), Lines{"> APDU 0 02"});

  Conversation gone;
  gone.attached();
  gone.transmit("01");
  gone.abort();
  gone.transmit("02");
  EXPECT_EQ(
      gone.receive(test::reader_remove()),
      (Lines{"no answer 0: no card in the reader", "no card 0", "no reader 0", "> Error 0 0"}));
}

TEST(VscHost, ARepeatedAtrDoesNotDisturbACommand) {
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  EXPECT_EQ(talk.receive(atr(kSoftAtr)), Lines{"> Error 0 0"});
  EXPECT_EQ(talk.receive(apdu("9000")), Lines{"response 0 9000"});
  EXPECT_EQ(talk.receive(atr(kSoftAtr)), (Lines{"> Error 0 0", "card 0 " + kSoftAtr}))
      << "with nothing pending it is a reset";
}

TEST(VscHost, AnotherCardsAtrFailsTheCommand) {
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  EXPECT_EQ(talk.receive(atr("3b00")),
            (Lines{"> Error 0 0", "no answer 0: the card did not answer", "card 0 3b00"}));
}

TEST(VscHost, ShowsAMuteCardAsRemovedUntilItAnswers) {
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  EXPECT_EQ(talk.time_left(), kApduTimeout);
  EXPECT_EQ(talk.wait(kApduTimeout), (Lines{"no answer 0: the peer does not answer", "no card 0"}));
  EXPECT_EQ(talk.time_left(), std::nullopt);
  EXPECT_EQ(talk.transmit("02"), Lines{"no answer 0: no card in the reader"});
  EXPECT_EQ(talk.receive(apdu("9000")), Lines{"card 0 " + kSoftAtr});
  EXPECT_EQ(talk.transmit("03"), Lines{"> APDU 0 03"});
}

TEST(VscHost, AMuteCardThatIsRemovedIsNotShownAsRemovedTwice) {
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  talk.wait(kApduTimeout);
  EXPECT_EQ(talk.receive(test::card_remove()), Lines{"> Error 0 0"});
  EXPECT_EQ(talk.receive(atr(kSoftAtr)), (Lines{"> Error 0 0", "card 0 " + kSoftAtr}));
}

TEST(VscHost, AHeldCommandHasTheSameLimit) {
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  talk.abort();
  talk.transmit("02");
  EXPECT_EQ(talk.wait(kApduTimeout), (Lines{"no answer 0: the peer does not answer", "no card 0"}));
}

TEST(VscHost, FailsEverythingWhenTheLinkIsLost) {
  Conversation talk;
  talk.attached();
  talk.transmit("01");
  EXPECT_EQ(talk.lost(),
            (Lines{"no answer 0: the connection was lost", "no card 0", "no reader 0"}));
  EXPECT_EQ(talk.receive(atr(kSoftAtr)), Lines{});
  EXPECT_EQ(talk.transmit("02"), Lines{"no answer 0: no card in the reader"});
}

TEST(VscHost, EndsWithAClientThatDoesNotGreet) {
  Conversation silent;
  EXPECT_EQ(silent.time_left(), kAnswerTimeout);
  EXPECT_EQ(silent.wait(kAnswerTimeout), Lines{"ended: the peer does not answer"});
  Conversation rude;
  EXPECT_EQ(rude.receive(test::reader_add()),
            Lines{"ended: the peer sent a message that is not allowed here"});
  EXPECT_EQ(rude.receive(test::init()), Lines{});
}

TEST(VscHost, RefusesWhatAClientNeverSends) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.receive(test::flush()), Lines{"> Error 0 1"});
  EXPECT_EQ(talk.receive(test::unknown(77)), Lines{"> Error 0 1"});
  EXPECT_EQ(talk.receive(test::init()), Lines{}) << "a host greets once";
  EXPECT_EQ(talk.receive(test::flush_complete()), Lines{});
}

// A command pending, each message in turn: never two answers, and the next command works.
TEST(VscHost, GivesACommandOneAnswerWhateverComes) {
  const std::vector<std::function<vsc::Message()>> messages{[] { return test::init(); },
                                                            [] { return error(0); },
                                                            [] { return test::reader_add(); },
                                                            [] { return test::reader_remove(); },
                                                            [] { return atr(kSoftAtr); },
                                                            [] { return atr("3b00"); },
                                                            [] { return atr("ff"); },
                                                            [] { return test::card_remove(); },
                                                            [] { return apdu("9000"); },
                                                            [] { return test::flush(); },
                                                            [] { return test::flush_complete(); },
                                                            [] { return test::unknown(10); }};
  for (std::size_t first = 0; first < messages.size(); ++first) {
    Conversation talk;
    talk.attached();
    talk.transmit("01");
    Lines lines = talk.receive(messages[first]());
    if (talk.pending()) {
      for (auto& line : talk.receive(apdu("9000"))) lines.push_back(line);
    }
    const auto answers = std::ranges::count_if(lines, [](const std::string& line) {
      return line.starts_with("response") || line.starts_with("no answer");
    });
    EXPECT_EQ(answers, 1) << "message " << first;
    talk.receive(test::reader_add());
    talk.receive(atr(kSoftAtr));
    EXPECT_EQ(talk.transmit("02"), Lines{"> APDU 0 02"}) << "message " << first;
  }
}

}  // namespace
}  // namespace vscard::protocol::vsc
