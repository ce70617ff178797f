// What becomes of the card, and of a command that waits for its reset, when hosts and cards go.

#include "cards/link/card_link.hpp"

#include "async/spawn.hpp"
#include "tests/cards/link/willing_host.hpp"
#include "tests/fakes/card_reader.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::link {
namespace {

using protocol::vsc::test::apdu;
using protocol::vsc::test::cancel;
using testing::Contains;
using testing::ElementsAre;

class CardLinkTest : public testing::Test {
 protected:
  CardLinkTest() {
    reader_.hold_resets();
    EXPECT_TRUE(link_.open());
    async::spawn(io_.get_executor(), link_.run(), [](const Result<>&) {});
  }
  test::WillingHost& host() {
    test::WillingHost& host = test::come();
    io_.poll();
    return host;
  }
  test::WillingHost& extended_host() {
    test::WillingHost& host = test::come();
    host.extended = true;
    io_.poll();
    return host;
  }
  void send(test::WillingHost& host, const std::string& command) {
    host.send(apdu(command));
    io_.poll();
  }
  void hang_up(test::WillingHost& host) {
    host.hang_up();
    io_.poll();
  }
  void end_reset() {
    reader_.end_reset();
    io_.poll();
  }

  asio::io_context io_;
  fakes::FakeCard reader_;  ///< whose resets take until the test ends them
  program::Watchers watchers_;
  CardLink link_{io_.get_executor(),
                 {.name = "card"},
                 reader_,
                 watchers_,
                 test::memory_hosts(io_.get_executor(), protocol::vsc::kAmpleLimits)};
};

TEST_F(CardLinkTest, ResetsTheCardBetweenTwoHosts) {
  test::WillingHost& first = host();
  send(first, "01");
  hang_up(first);
  send(host(), "02");
  EXPECT_THAT(reader_.done(), ElementsAre("01"));
  end_reset();
  EXPECT_THAT(reader_.done(), ElementsAre("01", "down", "02"));
}

// The card would be left with what the command has verified.
TEST_F(CardLinkTest, DropsACommandThatWaitsForTheResetWhenItsHostGoes) {
  hang_up(host());
  test::WillingHost& second = host();
  send(second, "02");
  hang_up(second);
  end_reset();
  EXPECT_THAT(reader_.done(), ElementsAre("down"));
  send(host(), "03");
  EXPECT_THAT(reader_.done(), ElementsAre("down", "03"));
}

TEST_F(CardLinkTest, DropsACommandThatWaitsForTheResetWhenItsCardIsSwapped) {
  hang_up(host());
  test::WillingHost& second = host();
  send(second, "02");
  reader_.remove();
  reader_.insert("3b0177");
  end_reset();
  EXPECT_THAT(reader_.done(), ElementsAre("down"));
  send(second, "03");
  EXPECT_THAT(reader_.done(), ElementsAre("down", "03"));
}

TEST_F(CardLinkTest, LetsTheReaderLookAtItsCardAgainBeforeItIsShown) {
  const test::WillingHost& shown = host();
  std::string last;
  reader_.on_renew = [&] { last = shown.received.back(); };
  async::spawn(io_.get_executor(), link_.remove(), [](const Result<>&) {});
  io_.poll();
  async::spawn(io_.get_executor(), link_.insert(), [](const Result<>&) {});
  io_.poll();
  EXPECT_EQ(last, "CardRemove 0");
  EXPECT_EQ(shown.received.back().substr(0, 5), "ATR 0");
}

TEST_F(CardLinkTest, HandsOnWhatTheHostDoesToThePower) {
  using protocol::vsc::PowerAction;
  test::WillingHost& host = extended_host();
  for (const auto action : {PowerAction::WarmReset, PowerAction::ColdReset, PowerAction::Down}) {
    host.send(protocol::vsc::test::power(action));
    io_.poll();
    end_reset();
  }
  EXPECT_THAT(reader_.done(), ElementsAre("warm reset", "reset", "down"));
}

TEST_F(CardLinkTest, StopsTheCommandThatTheHostDoesNotWaitFor) {
  test::WillingHost& host = extended_host();
  reader_.next(fakes::CardFault::Mute);
  send(host, "01");
  send(host, "02");
  host.send(cancel());
  send(host, "03");
  EXPECT_THAT(reader_.done(), ElementsAre("01", "stop"));
  reader_.answer_late();
  io_.poll();
  EXPECT_THAT(reader_.done(), ElementsAre("01", "stop", "03"));
  EXPECT_EQ(host.received.back(), "APDU 0 039000");
}

TEST_F(CardLinkTest, DropsACommandThatWaitsForTheResetWhenTheHostDoesNot) {
  hang_up(host());
  test::WillingHost& second = extended_host();
  send(second, "02");
  second.send(cancel());
  io_.poll();
  end_reset();
  EXPECT_THAT(reader_.done(), ElementsAre("stop", "down"));
}

TEST_F(CardLinkTest, ShowsTheAtrThatTheCardHasAfterItsReset) {
  reader_.reset_by_another("3b0177");
  hang_up(host());
  const test::WillingHost& second = host();
  EXPECT_THAT(second.received, Contains("ATR 0 3b0177"));
  reader_.has_after_reset("3b00");
  end_reset();
  EXPECT_THAT(second.received, Contains("ATR 0 3b00"));
}

}  // namespace
}  // namespace vscard::cards::link
