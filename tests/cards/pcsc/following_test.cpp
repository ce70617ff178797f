// Cards in readers of a pcscd that fails in every way: what their user and their host see.

#include "tests/cards/pcsc/opened_cards.hpp"
#include "tests/fakes/pcsclite.hpp"

#include <winscard.h>

namespace vscard::cards::pcsc {
namespace {

using fakes::kAtr;
using fakes::kOtherAtr;
using fakes::PcscCall;
using fakes::Pcsclite;
using test::Strings;

class PcscFollowing : public test::OpenedCards {
 protected:
  PcscFollowing() { fake_.add_reader("A"); }
  ~PcscFollowing() override {
    fake_.release(PcscCall::Transmit);
    EXPECT_TRUE(!cards_ || cards_->stop());
    cards_.reset();
    EXPECT_EQ(fake_.open_connections() + fake_.open_contexts(), 0U);
  }

  void open_with_card() {
    fake_.insert("A", kAtr);
    ASSERT_EQ(open({"pcsc"}), "");
    wait_for("0 inserted");
  }

  Pcsclite fake_;
};

TEST_F(PcscFollowing, LosesItsCardWithPcscdAndHasItAgain) {
  open_with_card();
  EXPECT_EQ(transmit(), "9000");
  for (int time = 0; time < 2; ++time) {
    fake_.stop_service(SCARD_E_SERVICE_STOPPED);
    wait_for("0 removed");
    EXPECT_EQ(transmit(), "no card");
    EXPECT_EQ(reset(), "no card");
    fake_.start_service();
    wait_for("0 inserted");
    EXPECT_EQ(transmit(), "9000");
  }
  const std::string lost =
      "PC/SC: no answer; install pcscd and start it (systemctl start pcscd.socket); "
      "trying again";
  EXPECT_EQ(warnings_, (Strings{lost, lost}));
  EXPECT_EQ(told_, (Strings{"card1: reader 'A', the first one with a card",
                            "PC/SC: pcscd is running", "PC/SC: pcscd is running"}));
}

TEST_F(PcscFollowing, ACommandThatPcscdTakesAlongFails) {
  open_with_card();
  fake_.block(PcscCall::Transmit);
  std::optional<std::string> result;
  start("00a40400", result);
  io_.poll();
  EXPECT_TRUE(fake_.wait_until_waiting(PcscCall::Transmit));
  fake_.stop_service(SCARD_E_NO_SERVICE);
  fake_.release(PcscCall::Transmit);
  wait_for("0 removed");
  while (!result) io_.run_one();
  EXPECT_EQ(result, "failed");
  fake_.start_service();
  wait_for("0 inserted");
  EXPECT_EQ(transmit(), "9000");
}

struct Code {
  long code;
  const char* result;
  std::size_t warnings;
};

TEST_F(PcscFollowing, EveryCodeOfACommandHasOneResultAndTheNextCommandWorks) {
  open_with_card();
  for (const auto& [code, expected, warnings] :
       {Code{SCARD_E_NO_SERVICE, "failed", 0}, Code{SCARD_F_COMM_ERROR, "failed", 0},
        Code{SCARD_W_REMOVED_CARD, "no card", 0}, Code{SCARD_E_READER_UNAVAILABLE, "no card", 0},
        Code{SCARD_W_SECURITY_VIOLATION, "failed", 1}, Code{SCARD_E_NOT_TRANSACTED, "failed", 1},
        Code{0x80109999, "failed", 1}}) {
    warnings_.clear();
    for (int time = 0; time < 2; ++time) {
      fake_.results(PcscCall::Transmit, {code});
      EXPECT_EQ(transmit(), expected) << std::hex << code;
    }
    EXPECT_EQ(warnings_.size(), warnings) << std::hex << code << ": the same line once";
    EXPECT_EQ(transmit(), "9000") << std::hex << code;
  }
  EXPECT_TRUE(events_.empty());
}

TEST_F(PcscFollowing, AResetBetweenTwoCommandsIsShownAndTheSecondIsNotSent) {
  open_with_card();
  EXPECT_EQ(transmit("00a4040001"), "9000");
  fake_.reset_by_another("A");
  EXPECT_EQ(transmit("00a4040002"), "failed");
  EXPECT_EQ(events_, Strings{"0 reset"});
  EXPECT_EQ(warnings_, Strings{"reader 'A': another program has reset the card"});
  EXPECT_EQ(transmit("00a4040003"), "9000");
  EXPECT_EQ(fake_.commands(), (Strings{"00a4040001", "00a4040003"}));
}

TEST_F(PcscFollowing, ACardThatIsPulledInACommandIsGone) {
  open_with_card();
  fake_.answer([this](const Pcsclite::Data&) {
    fake_.remove("A");
    return Pcsclite::Data{0x90, 0x00};
  });
  EXPECT_EQ(transmit(), "no card");
  wait_for("0 removed");
  EXPECT_EQ(transmit(), "no card");
}

TEST_F(PcscFollowing, ACardThatIsSwappedIsShownAsGoneFirst) {
  open_with_card();
  fake_.insert("A", kOtherAtr);
  while (events_.size() < 2) io_.run_one();
  EXPECT_EQ(events_, (Strings{"0 removed", "0 inserted"}));
  EXPECT_EQ(reset(), kOtherAtr);
}

TEST_F(PcscFollowing, ACommandWaitsForAProgramThatHasTheCardToItself) {
  open_with_card();
  fake_.take_exclusively("A");
  std::optional<std::string> result;
  start("00a40400", result);
  while (fake_.count(PcscCall::Connect) < 3) io_.run_one();
  EXPECT_FALSE(result);
  fake_.give_back("A");
  while (!result) io_.run_one();
  EXPECT_EQ(result, "9000");
  EXPECT_EQ(warnings_, Strings{"reader 'A': another program uses the card exclusively; waiting"});
}

TEST_F(PcscFollowing, ACommandThatWaitsEndsWithItsHost) {
  open_with_card();
  fake_.take_exclusively("A");
  std::optional<std::string> result;
  start("00a40400", result);
  while (warnings_.empty()) io_.run_one();
  EXPECT_EQ(reset(), kAtr);
  while (!result) io_.run_one();
  EXPECT_EQ(result, "failed");
  fake_.give_back("A");
  EXPECT_EQ(transmit("00b00000"), "9000");
  EXPECT_EQ(fake_.commands(), Strings{"00b00000"});
}

TEST_F(PcscFollowing, ACardIsAliveWhilePcscdAnswers) {
  open_with_card();
  const auto& reader = *cards_->readers().front();
  EXPECT_TRUE(reader.alive());
  fake_.block(PcscCall::Transmit);
  std::optional<std::string> result;
  start("00a40400", result);
  io_.poll();
  ASSERT_TRUE(fake_.wait_until_waiting(PcscCall::Transmit));
  EXPECT_TRUE(reader.alive()) << "the card works";
  fake_.release(PcscCall::Transmit);
  while (!result) io_.run_one();
  fake_.remove("A");
  wait_for("0 removed");
  EXPECT_FALSE(reader.alive());
}

TEST_F(PcscFollowing, ACommandThatWaitsEndsWhenItIsStopped) {
  open_with_card();
  fake_.take_exclusively("A");
  std::optional<std::string> result;
  start("00a40400", result);
  while (warnings_.empty()) io_.run_one();
  cards_->readers().front()->stop_command();
  while (!result) io_.run_one();
  EXPECT_EQ(result, "failed");
  fake_.give_back("A");
  EXPECT_EQ(transmit("00b00000"), "9000") << "the next is another one";
  EXPECT_EQ(fake_.commands(), Strings{"00b00000"});
}

TEST_F(PcscFollowing, CommandsAreDoneInTheirOrder) {
  open_with_card();
  fake_.block(PcscCall::Transmit);
  std::array<std::optional<std::string>, 3> results;
  for (std::size_t i = 0; i < results.size(); ++i) {
    start("00a404000" + std::to_string(i), results.at(i));
  }
  io_.poll();
  EXPECT_TRUE(fake_.wait_until_waiting(PcscCall::Transmit));
  fake_.release(PcscCall::Transmit);
  while (!results[2]) io_.run_one();
  EXPECT_TRUE(results[0] && results[1]);
  EXPECT_EQ(fake_.commands(), (Strings{"00a4040000", "00a4040001", "00a4040002"}));
}

TEST_F(PcscFollowing, ACardTheWrongWayUpIsNoCard) {
  fake_.insert("A", "", Pcsclite::Mute::Yes);
  ASSERT_EQ(open({"pcsc:reader=A"}), "");
  while (warnings_.empty()) io_.run_one();
  EXPECT_EQ(warnings_, Strings{"reader 'A': the card does not answer; is it the right way up?"});
  EXPECT_EQ(transmit(), "no card");
  fake_.insert("A", kAtr);
  wait_for("0 inserted");
  EXPECT_EQ(transmit(), "9000");
}

TEST_F(PcscFollowing, AReaderThatIsUnpluggedTakesItsCardAlong) {
  open_with_card();
  fake_.remove_reader("A");
  wait_for("0 removed");
  fake_.add_reader("A");
  fake_.insert("A", kAtr);
  wait_for("0 inserted");
  EXPECT_EQ(transmit(), "9000");
}

TEST_F(PcscFollowing, CardsHaveReadersOfTheirOwn) {
  for (const char* name : {"vscard Test", "B", "Yubikey 1", "Yubikey 2"}) fake_.add_reader(name);
  for (const char* name : {"vscard Test", "A", "Yubikey 1", "Yubikey 2"}) fake_.insert(name, kAtr);
  ASSERT_EQ(open({"pcsc:reader=Yubi*", "pcsc:reader=Yubi*", "pcsc", "pcsc"}), "");
  wait_for("2 inserted");
  EXPECT_EQ(cards_->readers().at(0)->info().name, "Yubikey 1");
  EXPECT_EQ(cards_->readers().at(1)->info().name, "Yubikey 2");
  EXPECT_EQ(cards_->readers().at(2)->info().name, "A");
  EXPECT_EQ(told_.back(),
            "card4: waiting for a reader with a card; there are 'A', 'vscard Test', "
            "'B', 'Yubikey 1', 'Yubikey 2'");
  fake_.insert("B", kOtherAtr);
  wait_for("3 inserted");
  EXPECT_EQ(told_.back(), "card4: reader 'B', the first one with a card");
}

TEST_F(PcscFollowing, NoReaderIsNamedTwice) {
  EXPECT_EQ(open({"pcsc:reader=A", "pcsc:reader=B", "pcsc:reader=A"}),
            "two cards cannot use the same reader: 'A'");
  EXPECT_EQ(open({"pcsc:reader=A*", "pcsc:reader=A*"}), "");
}

}  // namespace
}  // namespace vscard::cards::pcsc
