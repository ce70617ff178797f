// What a host sees of a card that fails in every way, and of a user who pulls it.

#include "async/spawn.hpp"
#include "cards/link/card_link.hpp"
#include "program/log.hpp"
#include "tests/cards/link/willing_host.hpp"
#include "tests/fakes/card_reader.hpp"
#include "tests/program/run_now.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::link {
namespace {

using fakes::CardFault;
using protocol::vsc::test::apdu;
using testing::Contains;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using Lines = std::vector<std::string>;

class CardLinkFaults : public testing::Test {
 protected:
  CardLinkFaults() {
    EXPECT_TRUE(link_.open());
    async::spawn(io_.get_executor(), link_.run(), [this](const Result<>&) { ended_ = true; });
    host_ = &test::come();
    io_.poll();
    host_->received.clear();
  }

  /// What the host receives because of this.
  Lines command(const std::string& hex) {
    host_->send(apdu(hex));
    return received();
  }
  Lines received() {
    io_.poll();
    return std::exchange(host_->received, {});
  }
  using Moved = std::optional<Result<>>;
  /// Begins to pull the card, or to put it in; the result is set when that has ended.
  std::shared_ptr<Moved> begin(Awaitable<Result<>> move) {
    auto moved = std::make_shared<Moved>();
    async::spawn(io_.get_executor(), std::move(move),
                 [moved](Result<> ended) { *moved = std::move(ended); });
    io_.poll();
    return moved;
  }
  /// Does the host agree at once?
  bool pull() { return succeeds(*begin(link_.remove())); }
  bool put_in() { return succeeds(*begin(link_.insert())); }
  static bool succeeds(const Moved& moved) { return moved && *moved; }
  std::string state() const {
    switch (link_.status().state) {
      case CardLink::CardState::Inserted:
        return "inserted";
      case CardLink::CardState::Removed:
        return "removed";
      case CardLink::CardState::Absent:
        return "absent";
    }
    return "?";
  }

  asio::io_context io_;
  fakes::FakeCard card_;
  program::Watchers watchers_;
  MakeHosts hosts_ =
      test::memory_hosts(io_.get_executor(), {.max_command = 65544, .max_response = 65538});
  session::CardSide* side_ = nullptr;  ///< the link's
  CardLink link_{io_.get_executor(),
                 {.name = "card", .patience = std::chrono::milliseconds(50)},
                 card_,
                 watchers_,
                 [this](session::CardSide& card, Notify notify, std::function<void()> changed) {
                   side_ = &card;
                   return hosts_(card, std::move(notify), std::move(changed));
                 }};
  test::WillingHost* host_ = nullptr;
  bool ended_ = false;
};

TEST_F(CardLinkFaults, EveryFaultIsAnAnswerAndTheNextCommandWorks) {
  const std::pair<CardFault, Lines> kFaults[] = {
      {CardFault::None, {"APDU 0 019000"}},
      {CardFault::TooLong, {"Error 0 1"}},
      {CardFault::Fails, {"Error 0 1"}},
      {CardFault::NoCard, {"Error 0 1"}},
      {CardFault::Reset, {"Error 0 1", "CardRemove 0", "ATR 0 3b00"}},
  };
  for (const auto& [fault, expected] : kFaults) {
    card_.next(fault);
    EXPECT_EQ(command("01"), expected) << static_cast<int>(fault);
    EXPECT_EQ(command("02"), Lines{"APDU 0 029000"}) << static_cast<int>(fault);
  }
}

TEST_F(CardLinkFaults, ACardThatIsPulledInACommandIsGoneUntilItComesBack) {
  card_.next(CardFault::Removed);
  EXPECT_EQ(command("01"), (Lines{"Error 0 1", "CardRemove 0"}));
  EXPECT_EQ(state(), "absent");
  EXPECT_EQ(command("02"), Lines{"Error 0 1"});
  card_.insert("3b0177");
  EXPECT_EQ(received(), Lines{"ATR 0 3b0177"});
  EXPECT_EQ(command("03"), Lines{"APDU 0 039000"});
  EXPECT_EQ(card_.done(), (Lines{"01", "03"}));
}

TEST_F(CardLinkFaults, ACardThatTheHostRefusesIsToldOfAndTheNextOneIsShown) {
  host_->refuses_cards = true;
  card_.remove();
  testing::internal::CaptureStderr();
  log::start("vscclient");
  card_.insert("3b0177");
  EXPECT_EQ(received(), (Lines{"CardRemove 0", "ATR 0 3b0177"})) << "once";
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "vscclient: card: card in the reader\n"
            "vscclient: warning: card: the host does not accept the card (its ATR)\n");
  host_->refuses_cards = false;
  card_.remove();
  card_.insert();
  EXPECT_EQ(received(), (Lines{"CardRemove 0", "ATR 0 3b00"}));
  EXPECT_EQ(command("01"), Lines{"APDU 0 019000"});
}

TEST_F(CardLinkFaults, ALateAnswerIsTheAnswer) {
  card_.next(CardFault::Mute);
  EXPECT_EQ(command("01"), Lines{});
  EXPECT_TRUE(link_.busy());
  card_.answer_late();
  EXPECT_EQ(received(), Lines{"APDU 0 019000"});
  EXPECT_FALSE(link_.busy());
}

TEST_F(CardLinkFaults, ACardThatTakesTooLongIsAbsentUntilItAnswers) {
  const auto watching = watchers_.add(program::Detail::Changes).value();
  card_.next(CardFault::Mute);
  command("01");
  EXPECT_EQ(state(), "inserted");
  side_->perform(protocol::vsc::VscClient::CardMute{protocol::vsc::ReaderId{0}});
  EXPECT_EQ(state(), "absent");
  EXPECT_THAT(link_.report().missing, Contains(HasSubstr("an answer of the card")));
  EXPECT_FALSE(put_in()) << "it would not be shown";
  card_.answer_late();
  io_.poll();
  EXPECT_EQ(state(), "inserted");
  EXPECT_THAT(link_.report().missing, IsEmpty());
  EXPECT_THAT(vscard::test::run_now(io_, watching->take())->value(),
              ContainsRegex("\"absent\",\"atr\":null.*\n.*\"inserted\",\"atr\":\"3b00\""));
}

TEST_F(CardLinkFaults, ALateAnswerForAHostThatHasGoneIsNotGivenToTheNext) {
  card_.next(CardFault::Mute);
  command("01");
  host_->hang_up();
  io_.poll();
  host_ = &test::come();
  io_.poll();
  host_->received.clear();
  EXPECT_EQ(command("02"), Lines{});
  card_.answer_late();
  EXPECT_EQ(received(), Lines{"APDU 0 029000"});
  EXPECT_EQ(card_.done(), (Lines{"01", "down", "02"}));
}

TEST_F(CardLinkFaults, AUserPullsTheCardAndPutsItBackPoweredAnew) {
  command("01");
  EXPECT_TRUE(pull());
  EXPECT_EQ(received(), Lines{"CardRemove 0"});
  EXPECT_EQ(state(), "removed");
  EXPECT_FALSE(pull()) << "it is out already";
  EXPECT_EQ(command("02"), Lines{"Error 0 1"});
  EXPECT_TRUE(put_in());
  EXPECT_EQ(received(), Lines{"ATR 0 3b00"});
  EXPECT_FALSE(put_in()) << "it is in already";
  EXPECT_EQ(command("03"), Lines{"APDU 0 039000"});
  EXPECT_EQ(card_.done(), (Lines{"01", "down", "03"}));
}

TEST_F(CardLinkFaults, APulledCardThatIsSwappedStaysOut) {
  EXPECT_TRUE(pull());
  received();
  card_.remove();
  card_.insert("3b0177");
  EXPECT_EQ(received(), Lines{});
  EXPECT_TRUE(put_in());
  EXPECT_EQ(received(), Lines{"ATR 0 3b0177"});
}

TEST_F(CardLinkFaults, ACardThatTheHostRefusesIsNotPutIn) {
  pull();
  host_->refuses_cards = true;
  EXPECT_EQ((*begin(link_.insert()))->error().text,
            "the willing host does not accept the card 'card' (its ATR)");
  pull();
  host_->refuses_cards = false;
  EXPECT_TRUE(put_in());
}

TEST_F(CardLinkFaults, AMoveEndsWhenTheHostHasConfirmedIt) {
  host_->answers = false;
  const auto moved = begin(link_.remove());
  EXPECT_EQ(received(), Lines{"CardRemove 0"});
  EXPECT_FALSE(*moved);
  host_->answers = true;
  host_->send(protocol::vsc::test::error(0));
  io_.poll();
  EXPECT_TRUE(succeeds(*moved));
}

TEST_F(CardLinkFaults, AHostSeesAllMovesOfUsersWhoDoNotWait) {
  host_->answers = false;
  std::vector<std::shared_ptr<Moved>> all;
  Lines expected;
  for (int i = 0; i < 100; ++i) {
    all.push_back(begin(link_.remove()));
    all.push_back(begin(link_.insert()));
    expected.insert(expected.end(), {"CardRemove 0", "ATR 0 3b00"});
  }
  host_->answers = true;
  host_->send(protocol::vsc::test::error(0));
  EXPECT_EQ(received(), expected);
  for (const auto& moved : all) EXPECT_TRUE(succeeds(*moved));
}

TEST_F(CardLinkFaults, AHostThatDoesNotConfirmIsNamed) {
  host_->answers = false;
  const auto moved = begin(link_.remove());
  while (!*moved) io_.run_one();
  EXPECT_EQ((*moved)->error().text,
            "the card 'card' is removed, but the willing host has not confirmed it within 0.05 s; "
            "is it stopped?");
  EXPECT_EQ(state(), "removed");
}

TEST_F(CardLinkFaults, AMoveEndsWithItsHost) {
  host_->answers = false;
  const auto moved = begin(link_.remove());
  host_->hang_up();
  io_.poll();
  EXPECT_TRUE(succeeds(*moved)) << "nobody sees the card any more";
  EXPECT_TRUE(put_in()) << "without a host";
}

TEST_F(CardLinkFaults, ItLeavesThoughTheCardIsMute) {
  card_.next(CardFault::Mute);
  command("01");
  link_.leave();
  io_.poll();
  EXPECT_TRUE(ended_);
  EXPECT_TRUE(link_.busy());
  card_.answer_late();
  io_.poll();
  EXPECT_FALSE(link_.busy());
}

}  // namespace
}  // namespace vscard::cards::link
