// How both halves agree on the extension, or go on without it.

#include "tests/fakes/checked_host.hpp"
#include "tests/protocol/vsc/client_conversation.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace vscard::protocol::vsc {
namespace {

using test::Conversation;
using test::error;
using test::ext_hello;
using test::init;
using test::kSoftAtr;
using test::Lines;
using test::text_of;

/// A host that has been greeted with the capability bits.
class Host {
 public:
  explicit Host(PeerLimits client = {}) : host_(client) { host_.start(now_); }
  Lines receive(vsc::Message message) { return text_of(host_.receive(std::move(message), now_)); }
  Lines transmit(std::size_t size) {
    return text_of(host_.transmit(test::kReader, SecretBytes::zeros(size), now_));
  }
  Lines abort() { return text_of(host_.abort(test::kReader, now_)); }
  /// A client that understands this has a card in.
  void attached(std::uint32_t features) {
    receive(init(kExtension));
    receive(ext_hello(kMaxPayload, features));
    receive(test::reader_add("soft"));
    receive(test::atr(kSoftAtr));
  }
  Lines power(PowerAction action) { return text_of(host_.power(test::kReader, action)); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(host_.expire(now_));
  }
  const PeerLimits& client() const { return host_.client(); }

 private:
  VscHost host_;
  Time now_{};
};

/// A client's card is in a reader of a host that understands these features.
void share_card(Conversation& talk, std::uint32_t features = 0) {
  talk.add_reader();
  talk.insert();
  talk.start();
  talk.receive(init(kExtension));
  talk.receive(ext_hello(kMaxPayload, features));
  for (int request = 0; request < 3; ++request) talk.receive(error(0));
}

const Lines kUnexpected{"ended: " + make_error_code(Errc::UnexpectedMessage).message()};

TEST(VscExtension, IsOfferedByTheClientAndTakenByTheHost) {
  Host host;
  EXPECT_EQ(host.receive(init(kExtension)),
            (Lines{"> Init x extension", "> ExtHello x 1 65544 ahead ping working"}));
  EXPECT_EQ(host.receive(ext_hello(1000)), Lines{});
  EXPECT_EQ(host.client().max_command, 1000U);
  EXPECT_EQ(host.receive(test::reader_add("soft")), (Lines{"> Error 0 0", "reader 0 'soft'"}));
}

TEST(VscExtension, LeavesAStockClientAlone) {
  for (const std::uint32_t bits : {0U, 2U, 0xfffffffeU}) {
    Host host;
    EXPECT_EQ(host.receive(init(bits)), Lines{"> Init x"});
    EXPECT_EQ(host.receive(ext_hello()), Lines{"> Error x 1"}) << "a type that is not known";
    EXPECT_EQ(host.client(), PeerLimits{});
  }
}

TEST(VscExtension, LeavesAStockHostAlone) {
  Conversation talk;
  talk.add_reader();
  talk.start();
  EXPECT_EQ(talk.receive(init()), Lines{"> ReaderRemove 0"});
  EXPECT_EQ(talk.receive(ext_hello()), Lines{}) << "a type that is not known";
  EXPECT_EQ(talk.receive(init(kExtension)), Lines{}) << "the first Init counts";
  EXPECT_EQ(talk.receive(error(0)), Lines{"> ReaderAdd x 'soft'"});
}

TEST(VscExtension, IsNotOfferedToAHostThatSpeaksFirst) {
  Conversation talk;
  talk.add_reader();
  talk.start();
  EXPECT_EQ(talk.receive(ext_hello()), Lines{}) << "before its Init it means nothing";
  EXPECT_EQ(talk.receive(init()), Lines{"> ReaderRemove 0"});
}

TEST(VscExtension, SaysAllBeforeTheFirstReader) {
  Conversation talk;
  talk.add_reader();
  talk.insert();
  talk.start();
  EXPECT_EQ(talk.receive(init(kExtension)), Lines{"> ExtHello 0 1 65544 power ping cancel use"});
  EXPECT_EQ(talk.receive(init(kExtension)), Lines{});
  EXPECT_EQ(talk.receive(test::unknown(0x101)), Lines{});
  EXPECT_EQ(talk.receive(ext_hello()), Lines{"> ReaderRemove 0"});
  EXPECT_EQ(talk.receive(error(0)), Lines{"> ReaderAdd x 'soft'"});
  EXPECT_EQ(talk.receive(error(0)), (Lines{"accepted 0", std::string("> ATR 0 ") + kSoftAtr}))
      << "such a host needs no time to see what was cleared";
}

TEST(VscExtension, AHostWaitsForTheClientsHelloAndForNothingElse) {
  for (const auto& make : std::vector<std::function<vsc::Message()>>{
           [] { return init(kExtension); }, [] { return test::reader_add("soft"); },
           [] { return test::atr(kSoftAtr); }, [] { return test::apdu("9000"); },
           [] { return error(0); }, [] { return test::flush_complete(); }}) {
    Host host;
    host.receive(init(kExtension));
    EXPECT_EQ(host.receive(test::unknown(0x101)), Lines{}) << "of a later revision";
    EXPECT_EQ(host.receive(make()), kUnexpected);
  }
}

TEST(VscExtension, ComesInTimeOrEnds) {
  const Lines no_answer{"ended: " + make_error_code(Errc::NoAnswer).message()};
  Host host;
  host.receive(init(kExtension));
  EXPECT_EQ(host.wait(kAnswerTimeout), no_answer);
  Conversation talk;
  talk.add_reader();
  talk.start();
  talk.receive(init(kExtension));
  EXPECT_EQ(talk.time_left(), Duration(kAnswerTimeout));
  EXPECT_EQ(talk.wait(kAnswerTimeout), no_answer);
}

TEST(VscExtension, IsIntroducedOnce) {
  Host host;
  host.receive(init(kExtension));
  host.receive(ext_hello());
  EXPECT_EQ(host.receive(ext_hello()), kUnexpected);
  Conversation talk;
  talk.start();
  talk.receive(init(kExtension));
  talk.receive(ext_hello());
  EXPECT_EQ(talk.receive(ext_hello()), kUnexpected);
}

TEST(VscExtension, ACommandDoesNotWaitForOneThatWasCancelled) {
  Host host;
  host.attached(kCancelFeature);
  host.transmit(1);
  EXPECT_EQ(host.abort(), Lines{"> Cancel 0"});
  EXPECT_EQ(host.abort(), Lines{}) << "once";
  EXPECT_EQ(host.transmit(2), Lines{"> APDU 0 0000"});
  EXPECT_EQ(host.receive(error(1)), Lines{}) << "the first one's";
  EXPECT_EQ(host.receive(test::apdu("9002")), Lines{"response 0 9002"});
  EXPECT_EQ(host.abort(), Lines{}) << "has its answer";
}

TEST(VscExtension, AnAnswerThatCrossesItsCancelIsNotTheNextOnes) {
  Host host;
  host.attached(kCancelFeature);
  host.transmit(1);
  host.abort();
  host.transmit(2);
  EXPECT_EQ(host.receive(test::apdu("9001")), Lines{});
  EXPECT_EQ(host.receive(test::apdu("9002")), Lines{"response 0 9002"});
}

TEST(VscExtension, CancelsNoMoreThanAClientQueues) {
  Host host;
  host.attached(kCancelFeature);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(host.transmit(1), Lines{"> APDU 0 00"});
    EXPECT_EQ(host.abort(), Lines{"> Cancel 0"});
  }
  EXPECT_EQ(host.transmit(2), Lines{}) << "waits";
  EXPECT_EQ(host.receive(error(1)), Lines{"> APDU 0 0000"});
}

TEST(VscExtension, ACardThatIsMuteComesBackWithItsLastLateAnswer) {
  Host host;
  host.attached(kCancelFeature);
  host.transmit(1);
  host.abort();
  host.transmit(2);
  EXPECT_EQ(host.wait(kApduTimeout),
            (Lines{"no answer 0: " + make_error_code(Errc::NoAnswer).message(), "no card 0"}));
  EXPECT_EQ(host.receive(error(1)), Lines{});
  EXPECT_EQ(host.receive(error(1)), Lines{std::string("card 0 ") + kSoftAtr});
}

TEST(VscExtension, AClientThatCannotCancelIsNotAskedTo) {
  Host host;
  host.attached(kPowerFeature);
  host.transmit(1);
  EXPECT_EQ(host.abort(), Lines{});
  EXPECT_EQ(host.transmit(2), Lines{}) << "waits";
  EXPECT_EQ(host.receive(error(1)), Lines{"> APDU 0 0000"});
}

TEST(VscExtension, WhatIsCancelledIsAnsweredAtOnceAndTheCardGetsNoneOfIt) {
  Conversation talk;
  share_card(talk);
  EXPECT_EQ(talk.receive(test::cancel()), Lines{}) << "nothing is under way";
  EXPECT_EQ(talk.receive(test::apdu("01")), Lines{"command 0 01"});
  EXPECT_EQ(talk.receive(test::apdu("02")), Lines{});
  EXPECT_EQ(talk.receive(test::cancel()), (Lines{"> Error 0 1", "> Error 0 1", "stop 0"}));
  EXPECT_EQ(talk.receive(test::cancel()), Lines{}) << "nobody waits";
  EXPECT_EQ(talk.receive(test::cancel(ReaderId{7})), Lines{});
  EXPECT_EQ(talk.receive(test::apdu("03")), Lines{}) << "the card is at work";
  EXPECT_EQ(talk.respond("9001"), Lines{"command 0 03"});
  EXPECT_EQ(talk.respond("9003"), Lines{"> APDU 0 9003"});
}

TEST(VscExtension, ACardThatIsDeadIsFoundAfterACancelToo) {
  Conversation talk;
  share_card(talk);
  talk.receive(test::apdu("01"));
  talk.receive(test::cancel());
  talk.receive(test::apdu("02"));
  EXPECT_EQ(talk.wait(kApduTimeout), (Lines{"> Error 0 1", "mute 0", "> CardRemove 0"}));
}

TEST(VscExtension, AHostWaitsForACardThatWorks) {
  Host host;
  host.attached(kPowerFeature);
  EXPECT_EQ(host.receive(test::working()), Lines{}) << "nobody asked";
  host.transmit(1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(host.wait(kApduTimeout - std::chrono::seconds(1)), Lines{});
    EXPECT_EQ(host.receive(test::working()), Lines{});
  }
  EXPECT_EQ(host.wait(kApduTimeout - std::chrono::seconds(1)), Lines{});
  EXPECT_EQ(host.wait(std::chrono::seconds(1)),
            (Lines{"no answer 0: " + make_error_code(Errc::NoAnswer).message(), "no card 0"}))
      << "it no longer does";
  EXPECT_EQ(host.receive(test::working()), Lines{});
}

TEST(VscExtension, WhatWorksIsNotWhatTheHostWaitsForWhenThatIsLate) {
  Host host;
  host.attached(kCancelFeature);
  host.transmit(1);
  host.abort();
  host.transmit(2);
  host.wait(kApduTimeout - std::chrono::seconds(1));
  EXPECT_EQ(host.receive(test::working()), Lines{}) << "the first one";
  EXPECT_NE(host.wait(std::chrono::seconds(1)), Lines{});
}

/// A client whose card works on a command of a host that understands this.
Conversation& at_work(Conversation& talk, std::uint32_t features) {
  share_card(talk, features);
  talk.receive(test::apdu("01"));
  return talk;
}

TEST(VscExtension, ACardThatIsAliveMayTakeAsLongAsItDoes) {
  Conversation talk;
  at_work(talk, kWorkingFeature);
  for (Duration passed{}; passed < 3 * kApduTimeout; passed += std::chrono::seconds(1)) {
    ASSERT_EQ(talk.wait(std::chrono::seconds(1)), Lines{"look 0"});
    ASSERT_EQ(talk.works(), Lines{"> Working 0"});
  }
  EXPECT_EQ(talk.respond("9001"), Lines{"> APDU 0 9001"});
  EXPECT_EQ(talk.works(), Lines{}) << "it has ended";
}

TEST(VscExtension, ACardThatIsNoLongerAliveIsMute) {
  Conversation talk;
  at_work(talk, kWorkingFeature);
  talk.wait(std::chrono::seconds(1));
  talk.works();
  EXPECT_EQ(talk.wait(kApduTimeout - std::chrono::seconds(1)), Lines{"look 0"});
  EXPECT_EQ(talk.wait(std::chrono::seconds(1)), (Lines{"> Error 0 1", "mute 0", "> CardRemove 0"}));
  EXPECT_EQ(talk.works(), Lines{}) << "the host has its answer";
}

TEST(VscExtension, AHostThatDoesNotTakeItIsNotToldThatACardWorks) {
  Conversation talk;
  at_work(talk, kAheadFeature);
  EXPECT_EQ(talk.works(), Lines{});
}

TEST(VscExtension, AHostThatDoesNotWaitIsNotToldThatACardWorks) {
  Conversation talk;
  at_work(talk, kWorkingFeature);
  talk.receive(test::cancel());
  EXPECT_EQ(talk.works(), Lines{});
  talk.receive(test::apdu("02"));
  EXPECT_EQ(talk.works(), Lines{"> Working 0"})
      << "it waits for the next, which waits for the card";
}

TEST(VscExtension, SkipsWhatALaterRevisionSays) {
  Host host;
  host.receive(init(kExtension));
  host.receive(ext_hello());
  EXPECT_EQ(host.receive(test::unknown(0x1ff)), Lines{}) << "no Error, which would be an answer";
}

TEST(VscExtension, GivesEachHostTheCommandsThatItsClientTakes) {
  Host host;
  host.receive(init(kExtension));
  host.receive(ext_hello(1000));
  host.receive(test::reader_add("soft"));
  host.receive(test::atr(kSoftAtr));
  EXPECT_EQ(host.transmit(1001), Lines{"response 0 6700"});
  EXPECT_TRUE(host.transmit(1000).at(0).starts_with("> APDU 0 "));
}

TEST(VscExtension, GivesEachHostTheResponsesThatItTakes) {
  Conversation talk;
  talk.add_reader();
  talk.insert();
  for (const std::size_t limit : {1000U, 2000U}) {
    talk.start();
    talk.receive(init(kExtension));
    talk.receive(ext_hello(static_cast<std::uint32_t>(limit)));
    for (int request = 0; request < 3; ++request) talk.receive(error(0));
    const std::string fits(limit * 2, 'a');
    talk.receive(test::apdu("01"));
    EXPECT_EQ(talk.respond(fits.c_str()), Lines{"> APDU 0 " + fits});
    talk.receive(test::apdu("01"));
    EXPECT_EQ(talk.respond((fits + "aa").c_str()).at(0), "> Error 0 1");
    talk.lost();
  }
  talk.start();
  EXPECT_EQ(talk.receive(init()), Lines{"> ReaderRemove 0"}) << "the next is a stock host again";
}

constexpr std::uint32_t kPower = kPowerFeature;

/// With a card that has had a command.
Host host_in_use(std::uint32_t features) {
  Host host;
  host.receive(init(kExtension));
  host.receive(ext_hello(kMaxPayload, features));
  host.receive(test::reader_add("soft"));
  host.receive(test::atr(kSoftAtr));
  host.transmit(1);
  host.receive(test::apdu("9000"));
  return host;
}

TEST(VscExtension, LetsTheHostPowerACardThatWasUsed) {
  Host host = host_in_use(kPower);
  EXPECT_EQ(host.power(PowerAction::Down), Lines{"> Power 0 0"});
  EXPECT_EQ(host.power(PowerAction::ColdReset), Lines{}) << "it has had no command since";
  host.transmit(1);
  EXPECT_EQ(host.power(PowerAction::WarmReset), Lines{"> Power 0 2"}) << "also while it works";
}

TEST(VscExtension, KeepsPowerFromAClientThatDoesNotCarryItOut) {
  EXPECT_EQ(host_in_use(0).power(PowerAction::Down), Lines{});
  Host stock;
  stock.receive(init());
  stock.receive(test::reader_add("soft"));
  stock.receive(test::atr(kSoftAtr));
  stock.transmit(1);
  EXPECT_EQ(stock.power(PowerAction::Down), Lines{});
}

TEST(VscExtension, ResetsTheCardForItsHost) {
  Conversation talk;
  talk.add_reader();
  talk.insert();
  talk.start();
  talk.receive(init(kExtension));
  talk.receive(ext_hello());
  EXPECT_EQ(talk.receive(test::power(PowerAction::ColdReset)), Lines{}) << "there is no card yet";
  for (int request = 0; request < 3; ++request) talk.receive(error(0));
  EXPECT_EQ(talk.receive(test::power(PowerAction::Down)), Lines{"down 0"});
  talk.receive(test::apdu("01"));
  EXPECT_EQ(talk.receive(test::power(PowerAction::WarmReset)), Lines{"warm reset 0"});
  EXPECT_EQ(talk.receive(test::power(PowerAction::Down, ReaderId{7})), Lines{}) << "no such reader";
}

TEST(VscExtension, ResetsNothingForAStockHost) {
  Conversation talk;
  talk.attached();
  EXPECT_EQ(talk.receive(test::power(PowerAction::ColdReset)), Lines{});
}

}  // namespace
}  // namespace vscard::protocol::vsc
