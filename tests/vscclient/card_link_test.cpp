// What becomes of the card, and of a command that waits for its reset, when hosts and cards go.

#include "vscclient/card_link.hpp"

#include "async/event.hpp"
#include "async/spawn.hpp"
#include "tests/protocol/hex.hpp"
#include "tests/vscclient/willing_host.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::vscclient {
namespace {

using protocol::SecretBytes;
using protocol::iso7816::Atr;
using protocol::test::from_hex;
using protocol::test::to_hex;
using protocol::vsc::test::apdu;
using testing::Contains;
using testing::ElementsAre;

Atr atr(const std::string& hex) { return Atr::parse(from_hex(hex)).value(); }

/// A card that answers at once, and whose resets take until the test ends them.
class SlowResetReader final : public cards::Reader {
 public:
  cards::ReaderInfo info() const override { return {.name = "slow"}; }
  void watch(std::function<void(const cards::CardEvent&)> on_event) override {
    tell = std::move(on_event);
    tell(cards::CardInserted{atr("3b00")});
  }
  Awaitable<std::expected<SecretBytes, cards::CardError>> transmit(SecretBytes command) override {
    done.push_back(to_hex(command.view()));
    co_return SecretBytes::copy_of(from_hex("9000"));
  }
  Awaitable<std::expected<Atr, cards::CardError>> reset() override {
    while (!ready_) co_await reset_.wait();
    ready_ = false;
    done.emplace_back("reset");
    co_return atr("3b00");
  }
  void end_reset() {
    ready_ = true;
    reset_.notify();
  }

  std::function<void(const cards::CardEvent&)> tell;
  std::vector<std::string> done;  ///< commands, resets

 private:
  async::Event reset_;
  bool ready_ = false;
};

class CardLinkTest : public testing::Test {
 protected:
  CardLinkTest() {
    EXPECT_TRUE(link_.open());
    async::spawn(io_.get_executor(), link_.run(), [](const Result<>&) {});
  }
  test::WillingHost& host() {
    test::WillingHost& host = test::HostListener::current->come();
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
  SlowResetReader reader_;
  program::Watchers watchers_;
  CardLink link_{
      io_.get_executor(),
      {.name = "card",
       .vsc = {.link = {.endpoint = {.mode = chardev::Endpoint::Mode::Listen, .address = {}}},
               .transport = &test::kMemory,
               .peer = protocol::vsc::kAmpleLimits}},
      reader_,
      watchers_};
};

TEST_F(CardLinkTest, ResetsTheCardBetweenTwoHosts) {
  test::WillingHost& first = host();
  send(first, "01");
  hang_up(first);
  send(host(), "02");
  EXPECT_THAT(reader_.done, ElementsAre("01"));
  end_reset();
  EXPECT_THAT(reader_.done, ElementsAre("01", "reset", "02"));
}

// The card would be left with what the command has verified.
TEST_F(CardLinkTest, DropsACommandThatWaitsForTheResetWhenItsHostGoes) {
  hang_up(host());
  test::WillingHost& second = host();
  send(second, "02");
  hang_up(second);
  end_reset();
  EXPECT_THAT(reader_.done, ElementsAre("reset"));
  send(host(), "03");
  EXPECT_THAT(reader_.done, ElementsAre("reset", "03"));
}

TEST_F(CardLinkTest, DropsACommandThatWaitsForTheResetWhenItsCardIsSwapped) {
  hang_up(host());
  test::WillingHost& second = host();
  send(second, "02");
  reader_.tell(cards::CardRemoved{});
  reader_.tell(cards::CardInserted{atr("3b0177")});
  end_reset();
  EXPECT_THAT(reader_.done, ElementsAre("reset"));
  send(second, "03");
  EXPECT_THAT(reader_.done, ElementsAre("reset", "03"));
}

TEST_F(CardLinkTest, ShowsTheAtrThatTheCardHasAfterItsReset) {
  reader_.tell(cards::CardReset{atr("3b0177")});
  hang_up(host());
  const test::WillingHost& second = host();
  EXPECT_THAT(second.received, Contains("ATR 0 3b0177"));
  end_reset();
  EXPECT_THAT(second.received, Contains("ATR 0 3b00"));
}

}  // namespace
}  // namespace vscard::vscclient
