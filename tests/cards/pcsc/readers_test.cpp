// Cards in readers of a real pcscd, which other programs use, too.

#include "cards/pcsc/library.hpp"
#include "tests/cards/pcsc/opened_cards.hpp"
#include "tests/cards/pcsc/private_pcscd.hpp"
#include "tests/fakes/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <deque>
#include <future>

namespace vscard::cards::pcsc {
namespace {

using namespace std::chrono_literals;
using fakes::from_hex;
using test::PrivatePcscd;
using test::VirtualCard;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kT0 = "3b0412345678";
const std::string kT1 = "3b800181";

/// The command's data, then 9000; 6105 for INS 20.
VirtualCard::Bytes echo(const VirtualCard::Bytes& command) {
  if (command.at(1) == 0x20) return {0x61, 0x05};
  VirtualCard::Bytes response(command.begin() + 4, command.end());
  response.insert(response.end(), {0x90, 0x00});
  return response;
}

class PcscReader : public test::OpenedCards {
 protected:
  ~PcscReader() override { cards_.reset(); }

  static std::unique_ptr<VirtualCard> insert(std::uint16_t port, const std::string& atr = kT0) {
    return std::make_unique<VirtualCard>(port, from_hex(atr), echo);
  }
  /// The card in the first reader.
  std::unique_ptr<VirtualCard> open_with_card(const std::string& spec = "pcsc") {
    auto card = insert(PrivatePcscd::kFirstPort);
    EXPECT_EQ(open({spec}), "");
    wait_for("0 inserted");
    return card;
  }
  /// A command, up to the warning that it has to wait. The response comes later.
  void start_until_warned(std::optional<std::string>& response) {
    start("00a40400", response);
    while (warnings_.empty()) io_.run_one();
  }

  /// The reader's work goes on while something else is waited for.
  template <class T>
  T serve_until(std::future<T> done) {
    while (done.wait_for(0s) != std::future_status::ready) io_.run_for(10ms);
    return done.get();
  }

  /// Another program's connection.
  Connection other(Share share = Share::Shared) {
    other_contexts_.push_back(Context::establish().value());
    return Connection::open(other_contexts_.back(), PrivatePcscd::kFirst, share).value();
  }

  PrivatePcscd pcscd_;
  std::deque<Context> other_contexts_;
};

TEST_F(PcscReader, FollowsItsCardAndChoosesOnce) {
  ASSERT_EQ(open({"pcsc"}), "");
  auto card = insert(PrivatePcscd::kSecondPort);
  wait_for("0 inserted");
  EXPECT_EQ(transmit("00a4040001aa"), "01aa9000");
  const auto elsewhere = insert(PrivatePcscd::kFirstPort);
  card.reset();
  wait_for("0 removed");
  EXPECT_EQ(transmit("00a40400"), "no card");
  card = insert(PrivatePcscd::kSecondPort, kT1);
  wait_for("0 inserted");
  EXPECT_EQ(transmit("00a40400"), "9000");
  EXPECT_EQ(cards_->readers().at(0)->info().name, PrivatePcscd::kSecond);
  EXPECT_THAT(told_,
              testing::Contains("card1: reader 'Real [a] 00 01', the first one with a card"));
  EXPECT_EQ(warnings_, std::vector<std::string>{});
}

TEST_F(PcscReader, PassesApdusAsTheyAre) {
  ASSERT_EQ(open({"pcsc"}), "");
  for (const std::string& atr : {kT0, kT1}) {
    auto card = insert(PrivatePcscd::kFirstPort, atr);
    wait_for("0 inserted");
    EXPECT_EQ(transmit("00200000"), "6105") << "61xx is the guest's business";
    const std::string extended =
        "00d60000"
        "00ea60" +
        std::string(std::size_t{60000} * 2, 'a');
    EXPECT_EQ(transmit(extended), extended.substr(8) + "9000");
    card.reset();
    wait_for("0 removed");
  }
}

TEST_F(PcscReader, LeavesOurOwnReadersOutUnlessTheyAreNamed) {
  const auto own = insert(PrivatePcscd::kOwnPort);
  const auto real = insert(PrivatePcscd::kSecondPort);
  ASSERT_EQ(open({"pcsc:reader=*", std::string("pcsc:reader=") + PrivatePcscd::kOwn}), "");
  wait_for("1 inserted");
  while (cards_->readers().at(0)->info().name.empty()) io_.run_one();
  EXPECT_EQ(cards_->readers().at(0)->info().name, PrivatePcscd::kSecond);
  EXPECT_EQ(transmit("00a40400", 1), "9000");
  EXPECT_THAT(own->commands(), testing::SizeIs(1));
  EXPECT_THAT(real->commands(), testing::IsEmpty());
}

TEST_F(PcscReader, TellsWhatItWaitsFor) {
  ASSERT_EQ(open({"pcsc:reader=Acme*"}), "");
  while (told_.empty()) io_.run_one();
  EXPECT_THAT(told_, ElementsAre("card1: waiting for a reader 'Acme*' with a card; there are "
                                 "'Real [a] 00 00', 'Real [a] 00 01', 'vscard Test 00 00', "
                                 "'vscard Test 00 01'"));
  EXPECT_EQ(open({"pcsc:reader=X", "pcsc:reader=X"}), "two cards cannot use the same reader: 'X'");
}

TEST_F(PcscReader, ShowsAResetByAnotherProgram) {
  const auto card = open_with_card();
  EXPECT_EQ(transmit("00a40400"), "9000");
  ASSERT_TRUE(other().reconnect(Connection::Card::PoweredAnew));
  EXPECT_EQ(transmit("00b00000"), "failed") << "it was meant for the card before the reset";
  EXPECT_THAT(events_, ElementsAre("0 reset"));
  EXPECT_EQ(transmit("00c00000"), "9000");
  EXPECT_THAT(card->commands(), ElementsAre(from_hex("00a40400"), from_hex("00c00000")));
}

TEST_F(PcscReader, ResetsACardThatItHasUsedAndLeavesAnotherAlone) {
  const auto card = open_with_card();
  const auto neighbour = other();
  EXPECT_EQ(reset(), kT0);
  EXPECT_TRUE(neighbour.begin_transaction()) << "nothing was sent, so nothing is to be undone";
  neighbour.end_transaction();

  EXPECT_EQ(transmit("00200001"), "6105");
  EXPECT_EQ(reset(), kT0);
  EXPECT_EQ(neighbour.begin_transaction().error().cause, Cause::CardReset);
  EXPECT_EQ(transmit("00a40400"), "9000");
  EXPECT_EQ(events_, std::vector<std::string>{}) << "its own reset is no news";
}

TEST_F(PcscReader, HasTheCardToItselfFromTheFirstCommandToTheReset) {
  const auto card = open_with_card("pcsc:share=exclusive");
  {
    const auto neighbour = other();
  }
  EXPECT_EQ(transmit("00a40400"), "9000");
  const auto context = Context::establish().value();
  const auto refused = Connection::open(context, PrivatePcscd::kFirst, Share::Shared);
  EXPECT_EQ(refused.error().cause, Cause::InUse);
  ASSERT_EQ(reset(), kT0);
  EXPECT_TRUE(Connection::open(context, PrivatePcscd::kFirst, Share::Shared));
}

TEST_F(PcscReader, WaitsForAProgramThatHasTheCardToItselfAndTellsOnce) {
  const auto card = open_with_card();
  std::optional<Connection> neighbour(other(Share::Exclusive));
  std::optional<std::string> response;
  start_until_warned(response);
  io_.run_for(200ms);
  EXPECT_FALSE(response);
  neighbour.reset();
  while (!response) io_.run_one();
  EXPECT_EQ(response, "9000");
  EXPECT_THAT(warnings_, ElementsAre("reader 'Real [a] 00 00': another program uses the card "
                                     "exclusively; waiting"));
}

TEST_F(PcscReader, ForgetsACommandThatWaitedWhenItsHostHasGone) {
  const auto card = open_with_card();
  std::optional<Connection> neighbour(other(Share::Exclusive));
  std::optional<std::string> response;
  start_until_warned(response);
  EXPECT_EQ(reset(), kT0);
  neighbour.reset();
  while (!response) io_.run_one();
  EXPECT_EQ(response, "failed");
  EXPECT_EQ(transmit("00c00000"), "9000");
  EXPECT_THAT(card->commands(), ElementsAre(from_hex("00c00000")));
}

TEST_F(PcscReader, LetsOtherProgramsInBetweenCommands) {
  const auto card = open_with_card();
  EXPECT_EQ(transmit("00a40400"), "9000");
  const auto neighbour = other();
  EXPECT_TRUE(neighbour.begin_transaction());
}

TEST_F(PcscReader, HoldsTheCardForTheCommandsThatFollow) {
  const auto card = open_with_card("pcsc:hold=30");
  const auto neighbour = other();
  EXPECT_EQ(transmit("00200001"), "6105");
  auto interloper = std::async(std::launch::async, [&neighbour] {
    ResponseBuffer buffer;
    return neighbour.begin_transaction().has_value() &&
           neighbour.transmit(from_hex("00b00000"), buffer).has_value();
  });
  EXPECT_EQ(interloper.wait_for(300ms), std::future_status::timeout);
  EXPECT_EQ(transmit("002a0000"), "9000");
  ASSERT_EQ(reset(), kT0);
  EXPECT_FALSE(serve_until(std::move(interloper))) << "the card was reset before its turn";
  EXPECT_THAT(card->commands(), ElementsAre(from_hex("00200001"), from_hex("002a0000")));
}

TEST_F(PcscReader, LetsGoAfterTheSilence) {
  const auto card = open_with_card("pcsc:hold=1");
  EXPECT_EQ(transmit("00200001"), "6105");
  auto neighbour = std::async(std::launch::async, [this] {
    const auto connection = other();
    ResponseBuffer buffer;
    return connection.begin_transaction().has_value() &&
           connection.transmit(from_hex("00b00000"), buffer).has_value();
  });
  EXPECT_TRUE(serve_until(std::move(neighbour)));
  EXPECT_EQ(transmit("002a0000"), "9000");
  EXPECT_THAT(card->commands(), testing::SizeIs(3));
}

TEST_F(PcscReader, FollowsPcscdThroughARestart) {
  auto card = open_with_card();
  EXPECT_EQ(transmit("00a40400"), "9000");
  pcscd_.stop();
  wait_for("0 removed");
  EXPECT_EQ(transmit("00a40400"), "no card");
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("no answer; install pcscd and start it")));
  pcscd_.start();
  card = insert(PrivatePcscd::kFirstPort);
  wait_for("0 inserted");
  EXPECT_EQ(transmit("00a40400"), "9000");
  EXPECT_THAT(warnings_, testing::SizeIs(1));
  EXPECT_EQ(told_.back(), "PC/SC: pcscd is running");
}

TEST_F(PcscReader, DoesNotWaitForASilentPcscdAtTheEnd) {
  ASSERT_EQ(open({"pcsc"}), "");
  while (told_.empty()) io_.run_one();
  pcscd_.process().signal(SIGSTOP);
  EXPECT_FALSE(cards_->stop());
  pcscd_.process().signal(SIGCONT);
}

}  // namespace
}  // namespace vscard::cards::pcsc
