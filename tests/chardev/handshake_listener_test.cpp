// Handshakes side by side, of which some fail, some never end, and some are too many.

#include "chardev/handshake_listener.hpp"

#include "async/error.hpp"
#include "tests/async/run.hpp"
#include "tests/fakes/memory_listener.hpp"
#include "tests/fakes/pipe.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace vscard::chardev {
namespace {

/// A peer passes when it says 'y', fails with 'n', and has come for something else with 'e'.
Awaitable<Result<std::unique_ptr<Stream>>> ask(std::unique_ptr<Stream> stream) {
  std::array<std::uint8_t, 1> said{};
  const auto size = co_await stream->read(said);
  if (!size) co_return std::unexpected(size.error().message());
  if (said[0] == 'e') co_return std::unexpected("");
  if (said[0] != 'y') co_return std::unexpected("it said no");
  co_return std::move(stream);
}

class HandshakeListener : public testing::Test {
 protected:
  HandshakeListener() {
    auto carrier = std::make_unique<fakes::MemoryListener>();
    carrier_ = carrier.get();
    listener_ = handshake_listener(io_.get_executor(), std::move(carrier), ask, "asked");
  }
  ~HandshakeListener() override {
    listener_.reset();
    poll();
  }

  void poll() {
    io_.restart();
    io_.poll();
  }
  /// The far end of a peer that has come.
  std::unique_ptr<fakes::PipeEnd> come() {
    auto [near, far] = fakes::make_pipe();
    carrier_->bring(std::move(near));
    poll();
    return std::move(far);
  }
  static void say(fakes::PipeEnd& peer, char word) {
    peer.write_now(std::array{static_cast<std::uint8_t>(word)});
  }
  /// Who was let in, why somebody was not, or "".
  std::string accepted() {
    std::string text;
    async::spawn(io_.get_executor(), listener_->accept(), [&text](auto result) {
      if (result) text = (*result)->remote();
      if (!result) text = result.error().remote + ": " + result.error().text;
    });
    poll();
    return text;
  }

  asio::io_context io_;
  fakes::MemoryListener* carrier_ = nullptr;
  std::unique_ptr<Listener> listener_;
};

TEST_F(HandshakeListener, GivesThoseThatHavePassed) {
  const auto silent = come();
  const auto no = come();
  const auto yes = come();
  say(*yes, 'y');
  EXPECT_EQ(accepted(), "pipe:1");
  say(*no, 'n');
  EXPECT_EQ(accepted(), "asked:1: it said no");
}

TEST_F(HandshakeListener, SaysNothingOfThoseWhoCameForSomethingElse) {
  const auto other = come();
  const auto yes = come();
  say(*other, 'e');
  poll();
  say(*yes, 'y');
  EXPECT_EQ(accepted(), "pipe:1");
}

TEST_F(HandshakeListener, LetsTheOldestGiveWay) {
  std::vector<std::unique_ptr<fakes::PipeEnd>> silent;
  silent.reserve(33);
  for (int i = 0; i < 33; ++i) silent.push_back(come());
  poll();
  EXPECT_EQ(accepted(), "asked:1: it did not end its handshake");
  say(*silent[1], 'y');
  EXPECT_EQ(accepted(), "pipe:1") << "the second still has its place";
}

TEST_F(HandshakeListener, EndsAHandshakeAfterItsLimit) {
  auto carrier = std::make_unique<fakes::MemoryListener>();
  carrier_ = carrier.get();
  listener_ = handshake_listener(io_.get_executor(), std::move(carrier), ask, "asked", "",
                                 std::chrono::milliseconds(1));
  const auto silent = come();
  std::string text;
  async::spawn(io_.get_executor(), listener_->accept(),
               [&text](const auto& result) { text = result ? "accepted" : result.error().text; });
  while (text.empty()) io_.run_one();
  EXPECT_EQ(text, "it did not end its handshake");
}

TEST_F(HandshakeListener, ForgetsWhatNobodyTakes) {
  std::vector<std::unique_ptr<fakes::PipeEnd>> peers;
  for (int i = 0; i < 100; ++i) {
    peers.push_back(come());
    say(*peers.back(), 'n');
    poll();
  }
  int taken = 0;
  for (; taken < 32; ++taken) EXPECT_NE(accepted(), "");
  std::string none;
  async::spawn(io_.get_executor(), listener_->accept(), [&none](const auto& result) {
    none = result ? "" : result.error().reason.message();
  });
  poll();
  EXPECT_EQ(none, "");
  listener_->close();
  poll();
  EXPECT_EQ(none, async::aborted().message());
}

TEST_F(HandshakeListener, EndsAllWhenItIsClosed) {
  const auto silent = come();
  listener_->close();
  poll();
  std::error_code end;
  async::spawn(io_.get_executor(), fakes::read_to_end(*silent, end), [](const auto&) {});
  poll();
  EXPECT_EQ(end, async::end_of_stream());
}

}  // namespace
}  // namespace vscard::chardev
