#include "cards/vpcd/reader.hpp"

#include "async/spawn.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/memory_listener.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace vscard::cards::vpcd {
namespace {

using fakes::from_hex;
using fakes::PipeEnd;
using fakes::to_hex;
using protocol::SecretBytes;
using testing::ElementsAre;

/// A card's side of a connection.
class FakeCard {
 public:
  explicit FakeCard(fakes::StreamFaults faults = {}) {
    auto [near, far] = fakes::make_pipe(faults);
    fakes::MemoryListener::current->bring(std::move(near));
    stream_ = std::move(far);
  }
  /// What it is told next.
  Awaitable<std::string> told() {
    const auto length = co_await fakes::read_exactly(*stream_, 2);
    const std::size_t size = static_cast<std::size_t>(length[0]) << 8 | length[1];
    const auto message = co_await fakes::read_exactly(*stream_, size);
    co_return to_hex(message);
  }
  Awaitable<void> say(std::string hex) {
    const auto bytes = protocol::vpcd::encode(from_hex(hex));
    co_await stream_->write(bytes.view());
  }
  Awaitable<void> power_on() {
    std::string word;
    while (word != "04") word = co_await told();
    co_await say("3b00");
  }
  bool heard_nothing() const { return stream_->unread() == 0; }
  void leave() { stream_->close(); }

 private:
  std::unique_ptr<PipeEnd> stream_;
};

class VirtualCard : public testing::Test {
 protected:
  VirtualCard()
      : reader_(io_.get_executor(),
                {.endpoint = {.mode = chardev::Endpoint::Mode::Listen,
                              .address = {.scheme = "memory", .location = "", .keys = {}}}},
                fakes::kMemory, std::chrono::seconds(1), [](const Notice&) {}) {
    EXPECT_TRUE(reader_.open());
    reader_.watch([this](const CardEvent& event) {
      seen_.emplace_back(std::holds_alternative<CardInserted>(event) ? "inserted" : "removed");
      changed_.notify();
    });
  }

  void run(std::function<Awaitable<void>()> script) {
    async::spawn(io_.get_executor(), script(), [this] {
      done_ = true;
      reader_.stop();
    });
    io_.run_for(std::chrono::seconds(20));
    EXPECT_TRUE(done_);
  }
  Awaitable<void> seen(std::size_t events) {
    while (seen_.size() < events) co_await changed_.wait();
  }
  /// Its answer is appended to answers_.
  void send(const std::string& hex) {
    async::spawn(io_.get_executor(), reader_.transmit(SecretBytes::copy_of(from_hex(hex))),
                 [this](std::expected<SecretBytes, CardError> response) {
                   note(response ? to_hex(response->view()) : failure(response.error()));
                 });
  }
  void reset(PowerAction action = PowerAction::ColdReset) {
    async::spawn(io_.get_executor(), reader_.reset(action),
                 [this](std::expected<protocol::iso7816::Atr, CardError> atr) {
                   note(atr ? "atr " + to_hex(atr->bytes()) : failure(atr.error()));
                 });
  }
  Awaitable<void> answered(std::size_t answers) {
    while (answers_.size() < answers) co_await changed_.wait();
  }

  asio::io_context io_{1};
  Reader reader_;
  async::Event changed_;
  std::vector<std::string> seen_;
  std::vector<std::string> answers_;

 private:
  static std::string failure(CardError error) {
    return error == CardError::NoCard ? "no card" : "failed";
  }
  void note(std::string answer) {
    answers_.push_back(std::move(answer));
    changed_.notify();
  }
  bool done_ = false;
};

TEST_F(VirtualCard, IsInAsSoonAsItHasAnsweredItsAtr) {
  run([this]() -> Awaitable<void> {
    FakeCard card;
    const std::string first = co_await card.told();
    EXPECT_EQ(first, "01");
    EXPECT_THAT(seen_, ElementsAre());
    co_await card.power_on();
    co_await seen(1);
    EXPECT_THAT(seen_, ElementsAre("inserted"));
    card.leave();
    co_await seen(2);
    EXPECT_THAT(seen_, ElementsAre("inserted", "removed"));
  });
}

TEST_F(VirtualCard, GetsCommandsAndResetsOneAfterTheOther) {
  run([this]() -> Awaitable<void> {
    FakeCard card;
    co_await card.power_on();
    co_await seen(1);
    send("00a4040000");
    reset();
    send("00b0000000");
    const std::string select = co_await card.told();
    EXPECT_EQ(select, "00a4040000");
    EXPECT_TRUE(card.heard_nothing());
    co_await card.say("9000");
    const std::string off = co_await card.told();
    EXPECT_EQ(off, "00");
    co_await card.power_on();
    const std::string read = co_await card.told();
    EXPECT_EQ(read, "00b0000000");
    co_await card.say("019000");
    co_await answered(3);
    EXPECT_THAT(answers_, ElementsAre("9000", "atr 3b00", "019000"));
  });
}

TEST_F(VirtualCard, IsDownUntilTheNextCommandAndIsResetWithoutPower) {
  run([this]() -> Awaitable<void> {
    FakeCard card;
    co_await card.power_on();
    co_await seen(1);
    reset(PowerAction::Down);
    const std::string off = co_await card.told();
    EXPECT_EQ(off, "00");
    co_await answered(1);
    send("00a4040000");
    const std::string on = co_await card.told();
    EXPECT_EQ(on, "01");
    const std::string select = co_await card.told();
    EXPECT_EQ(select, "00a4040000");
    co_await card.say("9000");
    co_await answered(2);
    reset(PowerAction::WarmReset);
    const std::string warm = co_await card.told();
    EXPECT_EQ(warm, "02");
    co_await card.power_on();
    co_await answered(3);
    EXPECT_THAT(answers_, ElementsAre("atr 3b00", "9000", "atr 3b00"));
  });
}

TEST_F(VirtualCard, ThatGoesLeavesNoCommandWaiting) {
  run([this]() -> Awaitable<void> {
    FakeCard card;
    co_await card.power_on();
    co_await seen(1);
    send("00a4040000");
    send("00b0000000");
    reset();
    static_cast<void>(co_await card.told());
    card.leave();
    co_await answered(3);
    EXPECT_THAT(answers_, ElementsAre("no card", "no card", "no card"));
    send("00a4040000");
    co_await answered(4);
    EXPECT_EQ(answers_.back(), "no card");
  });
}

TEST_F(VirtualCard, OfASecondOneWaitsForTheFirstToGo) {
  run([this]() -> Awaitable<void> {
    FakeCard first;
    co_await first.power_on();
    co_await seen(1);
    FakeCard second;
    send("00a4040000");
    static_cast<void>(co_await first.told());
    co_await first.say("9000");
    co_await answered(1);
    EXPECT_TRUE(second.heard_nothing());
    first.leave();
    co_await second.power_on();
    co_await seen(3);
    EXPECT_THAT(seen_, ElementsAre("inserted", "removed", "inserted"));
  });
}

TEST_F(VirtualCard, ThatSaysNothingIsRemovedInTime) {
  run([this]() -> Awaitable<void> {
    FakeCard card;
    co_await card.power_on();
    co_await seen(1);
    send("00a4040000");
    co_await seen(2);
    co_await answered(1);
    EXPECT_THAT(answers_, ElementsAre("no card"));
  });
}

// The card would be switched off.
TEST_F(VirtualCard, IsNotSentACommandOfOneByte) {
  run([this]() -> Awaitable<void> {
    FakeCard card;
    co_await card.power_on();
    co_await seen(1);
    send("00");
    send("");
    co_await answered(2);
    EXPECT_THAT(answers_, ElementsAre("6700", "6700"));
    EXPECT_TRUE(card.heard_nothing());
  });
}

TEST_F(VirtualCard, MayTakeItsBytesOneByOne) {
  run([this]() -> Awaitable<void> {
    FakeCard card({.read_at_most = 1});
    co_await card.power_on();
    co_await seen(1);
    send("00a4040000");
    static_cast<void>(co_await card.told());
    co_await card.say("019000");
    co_await answered(1);
    EXPECT_THAT(answers_, ElementsAre("019000"));
  });
}

}  // namespace
}  // namespace vscard::cards::vpcd
