#include "async/spawn.hpp"
#include "session/link.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace vscard::session {
namespace {

/// Connects at once, and says so while the link still waits for it.
struct Connecting final : chardev::Connector {
  static inline std::function<void()> reached;

  Awaitable<chardev::Connected> connect() override {
    reached();
    co_return fakes::make_pipe().first;
  }
};

constexpr chardev::Transport kTransport{
    .scheme = "tcp",
    .check = [](const chardev::Address&) { return Result<>(); },
    .reachable_unencrypted = [](const chardev::Address&) { return false; },
    .connector = [](asio::any_io_executor, chardev::Address)
        -> std::unique_ptr<chardev::Connector> { return std::make_unique<Connecting>(); },
    .listen = nullptr};

// Nobody would end a conversation that begins after it.
TEST(LinkStop, WhileItConnectsLeavesNoConversation) {
  asio::io_context io(1);
  int served = 0;
  bool ended = false;
  const auto serve = [&](chardev::Stream&) -> Awaitable<Ending> {
    ++served;
    co_return Ending{};
  };
  Link link(io.get_executor(),
            LinkOptions{.endpoint = chardev::parse_endpoint("connect:tcp://127.0.0.1:1").value()},
            kTransport, serve, [](const Notice&) {});
  Connecting::reached = [&] { link.stop(); };
  ASSERT_TRUE(link.open());
  async::spawn(io.get_executor(), link.run(), [&](Result<> result) { ended = result.has_value(); });
  io.run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(served, 0);
}

}  // namespace
}  // namespace vscard::session
