// Cards in readers of a pcscd that fails in every way: what their user and their host see.

#include "async/spawn.hpp"
#include "cards/card_set.hpp"
#include "cards/pcsc/kind.hpp"
#include "cards/pcsc/options.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/pcsclite.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <winscard.h>

namespace vscard::cards::pcsc {
namespace {

using fakes::kAtr;
using fakes::kOtherAtr;
using fakes::PcscCall;
using fakes::Pcsclite;
using protocol::SecretBytes;
using Strings = std::vector<std::string>;

class PcscFollowing : public testing::Test {
 protected:
  PcscFollowing() { fake_.add_reader("A"); }
  ~PcscFollowing() override {
    fake_.release(PcscCall::Transmit);
    EXPECT_TRUE(!cards_ || cards_->stop());
    cards_.reset();
    EXPECT_EQ(fake_.open_connections() + fake_.open_contexts(), 0U);
  }

  /// Cards with these names of readers, "" for any. "" or the line for the user.
  std::string open(const Strings& readers) {
    std::vector<CardSpec> specs;
    for (const std::string& reader : readers) {
      Options options;
      if (!reader.empty()) options.reader = reader;
      const std::string name = "card" + std::to_string(specs.size() + 1);
      specs.push_back({.kind = &kPcsc, .name = name, .details = options});
    }
    OpenOptions options{.tell = [this](const std::string& line) { told_.push_back(line); },
                        .warn = [this](const std::string& line) { warnings_.push_back(line); }};
    auto opened = pcsc::open(io_.get_executor(), specs, options);
    if (!opened) return opened.error().text;
    cards_ = std::move(*opened);
    for (std::size_t i = 0; i < specs.size(); ++i) {
      cards_->readers()[i]->watch([this, i](const CardEvent& event) {
        constexpr std::array kNames{"inserted", "removed", "reset"};
        events_.push_back(std::to_string(i) + " " + kNames.at(event.index()));
      });
    }
    return "";
  }
  void open_with_card() {
    fake_.insert("A", kAtr);
    ASSERT_EQ(open({""}), "");
    wait_for("0 inserted");
  }
  /// Until the event has come; forgets it and those before.
  void wait_for(const std::string& event) {
    while (std::ranges::find(events_, event) == events_.end()) io_.run_one();
    events_.clear();
  }

  /// The response, or "no card", "failed".
  std::string transmit(const std::string& hex = "00a40400", std::size_t reader = 0) {
    std::optional<std::string> result;
    start(hex, result, reader);
    while (!result) io_.run_one();
    return *result;
  }
  void start(const std::string& hex, std::optional<std::string>& result, std::size_t reader = 0) {
    async::spawn(io_.get_executor(), cards_->readers().at(reader)->transmit(fakes::secret(hex)),
                 [&result](std::expected<SecretBytes, CardError> response) {
                   result = response ? fakes::to_hex(response->view())
                            : response.error() == CardError::NoCard ? "no card"
                                                                    : "failed";
                 });
  }
  std::string reset() {
    std::optional<std::string> result;
    async::spawn(io_.get_executor(), cards_->readers().at(0)->reset(),
                 [&result](std::expected<protocol::iso7816::Atr, CardError> atr) {
                   result = atr                                ? fakes::to_hex(atr->bytes())
                            : atr.error() == CardError::NoCard ? "no card"
                                                               : "failed";
                 });
    while (!result) io_.run_one();
    return *result;
  }

  Pcsclite fake_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  Strings told_;
  Strings warnings_;
  Strings events_;
  std::unique_ptr<CardSet> cards_;
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
  ASSERT_EQ(open({"A"}), "");
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
  ASSERT_EQ(open({"Yubi*", "Yubi*", "", ""}), "");
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
  EXPECT_EQ(open({"A", "B", "A"}), "two cards cannot use the same reader: 'A'");
  EXPECT_EQ(open({"A*", "A*"}), "");
}

}  // namespace
}  // namespace vscard::cards::pcsc
