// Several readers on one connection, at the host (docs/vsc-extension.md §11, §12).

#include "tests/protocol/vsc/client_conversation.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::protocol::vsc {
namespace {

using test::error;
using test::ext_hello;
using test::init;
using test::kSoftAtr;
using test::Lines;
using test::secret;
using test::text_of;

constexpr ReaderId kA{0};
constexpr ReaderId kB{1};
constexpr ReaderId kC{2};
const std::string kCard = kSoftAtr;
const std::string kNoCard = make_error_code(Errc::NoCard).message();

/// A host with room for three readers, of a client that keeps to the extension.
class Host {
 public:
  explicit Host(std::uint32_t features = kPowerFeature | kCancelFeature) {
    host_.start(now_);
    receive(init(kExtension));
    receive(ext_hello(kMaxPayload, features));
  }
  Lines receive(vsc::Message message) { return text_of(host_.receive(std::move(message), now_)); }
  Lines transmit(ReaderId reader, const char* hex) {
    return text_of(host_.transmit(reader, secret(hex), now_));
  }
  Lines abort(ReaderId reader) { return text_of(host_.abort(reader, now_)); }
  Lines withdraw(ReaderId reader) { return text_of(host_.withdraw(reader, Use::Removed, now_)); }
  Lines offer(ReaderId reader) { return text_of(host_.offer(reader)); }
  Lines power(ReaderId reader) { return text_of(host_.power(reader, PowerAction::ColdReset)); }
  Lines lost() { return text_of(host_.lost()); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(host_.expire(now_));
  }
  /// Three readers with a card each.
  Host& full() {
    for (const ReaderId reader : {kA, kB, kC}) {
      receive(test::reader_add("one"));
      receive(test::atr(kSoftAtr, reader));
    }
    return *this;
  }

 private:
  VscHost host_{{}, kApduTimeout, kSilence, 3};
  Time now_{};
};

TEST(SeveralReaders, HaveTheLowestNumbersThatAreFree) {
  Host host;
  EXPECT_EQ(host.receive(test::reader_add("a")), (Lines{"> Error 0 0", "reader 0 'a'"}));
  EXPECT_EQ(host.receive(test::reader_add("b")), (Lines{"> Error 1 0", "reader 1 'b'"}));
  EXPECT_EQ(host.receive(test::reader_add("c")), (Lines{"> Error 2 0", "reader 2 'c'"}));
  EXPECT_EQ(host.receive(test::reader_add("d")), Lines{"> Error x 2"});
  EXPECT_EQ(host.receive(test::reader_remove(kB)), (Lines{"no reader 1", "> Error 1 0"}));
  EXPECT_EQ(host.receive(test::reader_add("d")), (Lines{"> Error 1 0", "reader 1 'd'"}));
}

TEST(SeveralReaders, AreBoundedWhateverAClientWants) {
  Host host;
  host.full();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(host.receive(test::reader_add("more")), Lines{"> Error x 2"});
  }
  EXPECT_EQ(host.transmit(ReaderId{3}, "01"), Lines{"no answer 3: " + kNoCard});
}

TEST(SeveralReaders, WorkAtTheSameTime) {
  Host host;
  host.full();
  EXPECT_EQ(host.transmit(kA, "01"), Lines{"> APDU 0 01"});
  EXPECT_EQ(host.transmit(kB, "02"), Lines{"> APDU 1 02"});
  EXPECT_EQ(host.transmit(kC, "03"), Lines{"> APDU 2 03"});
  EXPECT_EQ(host.receive(test::apdu("9003", kC)), Lines{"response 2 9003"});
  EXPECT_EQ(host.receive(test::apdu("9001", kA)), Lines{"response 0 9001"});
  EXPECT_EQ(host.receive(error(1, kB)),
            Lines{"no answer 1: " + make_error_code(Errc::CardFailed).message()});
}

TEST(SeveralReaders, HaveEachItsOwnCancelPowerAndAhead) {
  Host host;
  host.full();
  host.transmit(kA, "01000000");
  host.transmit(kB, "02000000");
  EXPECT_EQ(host.abort(kA), Lines{"> Cancel 0"});
  EXPECT_EQ(host.power(kB), Lines{"> Power 1 1"});
  EXPECT_EQ(host.power(kC), Lines{}) << "it was not used";
  host.receive(test::ahead({{"03000000", "9033"}}, kB));
  EXPECT_EQ(host.receive(test::apdu("9002", kB)), Lines{"response 1 9002"}) << "none was aborted";
  EXPECT_EQ(host.transmit(kC, "03000000"), Lines{"> APDU 2 03000000"}) << "it is another card";
  EXPECT_EQ(host.transmit(kB, "03000000"), Lines{"response 1 9033"});
}

TEST(SeveralReaders, AreNotHeldUpByOneThatIsMute) {
  Host host;
  host.full();
  host.transmit(kA, "01");
  host.wait(kApduTimeout - std::chrono::seconds(1));
  host.receive(test::working(kA));
  host.transmit(kB, "02");
  EXPECT_EQ(host.wait(kApduTimeout - std::chrono::seconds(1)), Lines{});
  host.receive(test::working(kB));
  EXPECT_EQ(host.wait(std::chrono::seconds(1)),
            (Lines{"no answer 0: " + make_error_code(Errc::NoAnswer).message(), "no card 0"}))
      << "the second said that it works";
  EXPECT_EQ(host.receive(test::apdu("9002", kB)), Lines{"response 1 9002"});
  EXPECT_EQ(host.transmit(kC, "03"), Lines{"> APDU 2 03"});
}

TEST(SeveralReaders, DoNotWaitForALateAnswerOfAnother) {
  Host host(0);  // to a client without Cancel
  host.full();
  host.transmit(kA, "01");
  EXPECT_EQ(host.abort(kA), Lines{});
  EXPECT_EQ(host.transmit(kA, "02"), Lines{}) << "the late answer comes first";
  EXPECT_EQ(host.transmit(kB, "11"), Lines{"> APDU 1 11"});
  EXPECT_EQ(host.receive(test::apdu("9011", kB)), Lines{"response 1 9011"});
  EXPECT_EQ(host.receive(test::apdu("9001", kA)), Lines{"> APDU 0 02"});
}

TEST(SeveralReaders, AreNewWhenTheyAreAddedAgain) {
  Host host;
  host.full();
  host.transmit(kA, "01");
  host.transmit(kB, "11");
  EXPECT_EQ(host.receive(test::reader_remove(kB)),
            (Lines{"no answer 1: " + kNoCard, "no card 1", "no reader 1", "> Error 1 0"}));
  EXPECT_EQ(host.receive(test::reader_add("new")), (Lines{"> Error 1 0", "reader 1 'new'"}));
  EXPECT_EQ(host.receive(test::apdu("9011", kB)), Lines{}) << "it is of the one before";
  EXPECT_EQ(host.transmit(kB, "12"), Lines{"no answer 1: " + kNoCard});
  host.receive(test::atr(kSoftAtr, kB));
  EXPECT_EQ(host.transmit(kB, "13"), Lines{"> APDU 1 13"});
  EXPECT_EQ(host.receive(test::apdu("9013", kB)), Lines{"response 1 9013"});
  EXPECT_EQ(host.receive(test::apdu("9001", kA)), Lines{"response 0 9001"}) << "all the time";
}

TEST(SeveralReaders, AreOneWhereThereAreNoMore) {
  VscHost host;
  host.start({});
  EXPECT_EQ(text_of(host.receive(init(kExtension), {})).back(),
            "> ExtHello x 1 65544 ahead ping working")
      << "as a host that does not know of more";
  host.receive(ext_hello(), {});
  host.receive(test::reader_add("a"), {});
  EXPECT_EQ(text_of(host.receive(test::reader_add("b"), {})), Lines{"> Error x 2"});
  EXPECT_EQ(text_of(host.receive(test::atr(kSoftAtr, kB), {})), Lines{"> Error 1 1"});
  EXPECT_EQ(text_of(host.receive(test::atr(kSoftAtr, kA), {})),
            (Lines{"> Error 0 0", "card 0 " + kCard}));
}

TEST(SeveralReaders, GetNothingThatIsAboutAnother) {
  Host host;
  host.receive(test::reader_add("a"));
  host.receive(test::atr(kSoftAtr));
  host.transmit(kA, "01");
  const ReaderId never{9};
  EXPECT_EQ(host.receive(test::atr(kSoftAtr, never)), Lines{"> Error 9 1"});
  EXPECT_EQ(host.receive(test::card_remove(never)), Lines{"> Error 9 0"}) << "it is not in";
  EXPECT_EQ(host.receive(test::reader_remove(never)), Lines{"> Error 9 0"});
  EXPECT_EQ(host.receive(test::apdu("9009", never)), Lines{});
  EXPECT_EQ(host.receive(error(1, never)), Lines{});
  EXPECT_EQ(host.receive(test::working(never)), Lines{});
  EXPECT_EQ(host.receive(test::ahead({{"04000000", "9000"}}, never)), Lines{});
  EXPECT_EQ(host.receive(test::apdu("9001")), Lines{"response 0 9001"});
}

TEST(SeveralReaders, GoOneByOneAndAllWithTheLine) {
  Host host;
  host.full();
  host.transmit(kB, "02");
  EXPECT_EQ(host.receive(test::card_remove(kB)),
            (Lines{"no answer 1: " + kNoCard, "no card 1", "> Error 1 0"}));
  EXPECT_EQ(host.lost(),
            (Lines{"no card 0", "no reader 0", "no reader 1", "no card 2", "no reader 2"}));
}

TEST(SeveralReaders, AreTakenAwayAndGivenBackOneByOne) {
  Host host(kPowerFeature | kCancelFeature | kReaderUseFeature);
  host.full();
  host.transmit(kA, "01");
  host.transmit(kB, "11");
  EXPECT_EQ(host.withdraw(kB), (Lines{"> Cancel 1", "> Power 1 0", "> ReaderUse 1 1"}));
  EXPECT_EQ(host.withdraw(kB), Lines{}) << "it is known";
  EXPECT_EQ(host.receive(error(1, kB)), Lines{}) << "nobody waits for the answer";
  EXPECT_EQ(host.receive(test::card_remove(kB)), (Lines{"no card 1", "> Error 1 0"}));
  EXPECT_EQ(host.offer(kB), Lines{"> ReaderUse 1 0"}) << "without a card";
  EXPECT_EQ(host.receive(test::atr(kSoftAtr, kB)), (Lines{"> Error 1 0", "card 1 " + kCard}));
  EXPECT_EQ(host.withdraw(kB), Lines{"> ReaderUse 1 1"}) << "its card was not used";
  EXPECT_EQ(host.offer(kB), (Lines{"> ReaderUse 1 0", "card 1 " + kCard}));
  EXPECT_EQ(host.receive(test::apdu("9001")), Lines{"response 0 9001"}) << "all the time";
}

TEST(SeveralReaders, AreNewToTheClientWhoseReaderWasTakenAway) {
  Host host(kReaderUseFeature);
  host.full();
  host.withdraw(kB);
  host.receive(test::reader_remove(kB));
  host.receive(test::reader_add("new"));
  EXPECT_EQ(host.withdraw(kB), Lines{"> ReaderUse 1 1"});
  EXPECT_EQ(host.withdraw(ReaderId{7}), Lines{});
  EXPECT_EQ(host.offer(ReaderId{7}), Lines{});
}

TEST(SeveralReaders, AreTakenAwayWithoutAWordToAClientThatKnowsNone) {
  Host host;
  host.full();
  host.transmit(kB, "11");
  EXPECT_EQ(host.withdraw(kB), (Lines{"> Cancel 1", "> Power 1 0"})) << "no PIN stays verified";
  EXPECT_EQ(host.offer(kB), Lines{"card 1 " + kCard});
  VscHost stock({}, kApduTimeout, kSilence, 3);
  stock.start({});
  stock.receive(init(), {});
  stock.receive(test::reader_add("a"), {});
  stock.receive(test::atr(kSoftAtr), {});
  EXPECT_EQ(text_of(stock.withdraw(kA, Use::Removed, {})), Lines{});
}

TEST(SeveralReaders, AreForNoStockClient) {
  VscHost host({}, kApduTimeout, kSilence, 3);
  host.start({});
  EXPECT_EQ(text_of(host.receive(init(), {})), Lines{"> Init x"});
  const Lines first{"> Error 0 0", "reader 0 'a'"};
  EXPECT_EQ(text_of(host.receive(test::reader_add("a"), {})), first);
  EXPECT_EQ(text_of(host.receive(test::reader_add("b"), {})), Lines{"> Error 0 0"}) << "as QEMU";
  EXPECT_EQ(text_of(host.receive(test::atr(kSoftAtr, ReaderId{5}), {})),
            (Lines{"> Error 0 0", "card 0 " + kCard}));
}

}  // namespace
}  // namespace vscard::protocol::vsc
