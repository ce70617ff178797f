// What a host sees of a card that fails in every way, and of a user who pulls it.

#include "async/spawn.hpp"
#include "program/log.hpp"
#include "tests/fakes/card_reader.hpp"
#include "tests/vscclient/willing_host.hpp"
#include "vscclient/card_link.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace vscard::vscclient {
namespace {

using fakes::CardFault;
using protocol::vsc::test::apdu;
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
  CardLink link_{
      io_.get_executor(),
      {.name = "card", .vsc = test::memory_options({.max_command = 65544, .max_response = 65538})},
      card_,
      watchers_};
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
  EXPECT_EQ(card_.done(), (Lines{"01", "reset", "02"}));
}

TEST_F(CardLinkFaults, AUserPullsTheCardAndPutsItBackPoweredAnew) {
  command("01");
  EXPECT_TRUE(link_.remove());
  EXPECT_EQ(received(), Lines{"CardRemove 0"});
  EXPECT_EQ(state(), "removed");
  EXPECT_FALSE(link_.remove()) << "it is out already";
  EXPECT_EQ(command("02"), Lines{"Error 0 1"});
  EXPECT_TRUE(link_.insert());
  EXPECT_EQ(received(), Lines{"ATR 0 3b00"});
  EXPECT_FALSE(link_.insert()) << "it is in already";
  EXPECT_EQ(command("03"), Lines{"APDU 0 039000"});
  EXPECT_EQ(card_.done(), (Lines{"01", "reset", "03"}));
}

TEST_F(CardLinkFaults, APulledCardThatIsSwappedStaysOut) {
  EXPECT_TRUE(link_.remove());
  received();
  card_.remove();
  card_.insert("3b0177");
  EXPECT_EQ(received(), Lines{});
  EXPECT_TRUE(link_.insert());
  EXPECT_EQ(received(), Lines{"ATR 0 3b0177"});
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
}  // namespace vscard::vscclient
