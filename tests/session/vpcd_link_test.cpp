#include "session/vpcd_link.hpp"

#include "async/spawn.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace vscard::session {
namespace {

using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;
using protocol::vsc::ReaderId;
using protocol::vsc::VscClient;
using testing::ElementsAre;

constexpr ReaderId kReader{0};

/// A vpcd that a card connects to.
struct Vpcd {
  static inline Vpcd* current = nullptr;
  Vpcd() { current = this; }

  Awaitable<std::unique_ptr<fakes::PipeEnd>> accept() {
    while (waiting.empty()) co_await connected.wait();
    auto stream = std::move(waiting.front());
    waiting.pop_front();
    co_return stream;
  }

  std::deque<std::unique_ptr<fakes::PipeEnd>> waiting;
  async::Event connected;
};

struct ToVpcd final : chardev::Connector {
  Awaitable<chardev::Connected> connect() override {
    auto [near, far] = fakes::make_pipe();
    Vpcd::current->waiting.push_back(std::move(far));
    Vpcd::current->connected.notify();
    co_return std::move(near);
  }
};

constexpr chardev::Transport kTransport{
    .scheme = "tcp",
    .check = [](const chardev::Address&) { return Result<>(); },
    .reachable_unencrypted = [](const chardev::Address&) { return false; },
    .connector = [](asio::any_io_executor, chardev::Address)
        -> std::unique_ptr<chardev::Connector> { return std::make_unique<ToVpcd>(); },
    .listen = nullptr};

class VpcdLinkTest : public testing::Test, protected CardSide {
 protected:
  VpcdLinkTest()
      : link_(io_.get_executor(),
              {.link = {.endpoint = chardev::parse_endpoint("connect:tcp://vpcd:1").value()},
               .transport = &kTransport},
              *this, [](const Notice&) {}) {}

  void run(std::function<Awaitable<void>()> script) {
    EXPECT_TRUE(link_.open());
    async::spawn(io_.get_executor(), link_.run(), [this](Result<>) { ended_ = true; });
    async::spawn(io_.get_executor(), script(), [this] { link_.leave(); });
    io_.run_for(std::chrono::seconds(20));
    EXPECT_TRUE(ended_);
  }
  void insert() {
    link_.insert_card(kReader, protocol::iso7816::Atr::parse(from_hex("3b00")).value());
  }
  static Awaitable<void> say(chardev::Stream& stream, std::string hex) {
    const auto bytes = protocol::vpcd::encode(from_hex(hex));
    co_await stream.write(bytes.view());
  }
  static Awaitable<std::string> hear(chardev::Stream& stream, std::size_t size) {
    const auto bytes = co_await fakes::read_exactly(stream, size);
    co_return to_hex(bytes);
  }
  Awaitable<void> told(std::size_t count) {
    while (told_.size() < count) co_await changed_.wait();
  }

  void perform(VscClient::Action action) override {
    if (const auto* it = std::get_if<VscClient::Transmit>(&action)) {
      note("transmit " + to_hex(it->command.view()));
    } else if (const auto* reset = std::get_if<VscClient::Reset>(&action)) {
      note("power " + std::to_string(static_cast<int>(reset->power)));
    } else if (std::holds_alternative<VscClient::ReaderAccepted>(action)) {
      note("accepted");
    }
  }
  void host_has_gone() override { note("gone"); }

  void note(std::string text) {
    told_.push_back(std::move(text));
    changed_.notify();
  }

  asio::io_context io_{1};
  Vpcd vpcd_;
  async::Event changed_;
  std::vector<std::string> told_;
  VpcdLink link_;
  bool ended_ = false;
};

TEST_F(VpcdLinkTest, ConnectsWhileTheCardIsIn) {
  run([this]() -> Awaitable<void> {
    EXPECT_TRUE(link_.settled(kReader));
    insert();
    EXPECT_FALSE(link_.settled(kReader));
    auto stream = co_await vpcd_.accept();
    co_await say(*stream, "04");
    const std::string atr = co_await hear(*stream, 4);
    EXPECT_EQ(atr, "00023b00");
    EXPECT_TRUE(link_.settled(kReader));
    link_.remove_card(kReader);
    std::error_code error;
    static_cast<void>(co_await fakes::read_to_end(*stream, error));
    co_await told(2);
    EXPECT_THAT(told_, ElementsAre("accepted", "gone"));
    EXPECT_TRUE(vpcd_.waiting.empty());
    insert();
    auto next = co_await vpcd_.accept();
  });
}

TEST_F(VpcdLinkTest, PassesCommandsOn) {
  run([this]() -> Awaitable<void> {
    insert();
    auto stream = co_await vpcd_.accept();
    co_await say(*stream, "01");
    co_await say(*stream, "00a4040000");
    co_await told(2);
    link_.respond(kReader, SecretBytes::copy_of(from_hex("9000")));
    const std::string response = co_await hear(*stream, 4);
    EXPECT_EQ(response, "00029000");
    co_await say(*stream, "00");
    co_await told(3);
    EXPECT_THAT(told_, ElementsAre("accepted", "transmit 00a4040000", "power 0"));  // down
  });
}

TEST_F(VpcdLinkTest, IsConnectedAnewAfterACardWithoutAnAnswerAndAReset) {
  run([this]() -> Awaitable<void> {
    insert();
    auto stream = co_await vpcd_.accept();
    co_await say(*stream, "00a4040000");
    co_await told(1);
    link_.no_answer(kReader);
    auto second = co_await vpcd_.accept();
    co_await say(*second, "04");
    static_cast<void>(co_await hear(*second, 4));
    link_.reset_card(kReader, protocol::iso7816::Atr::parse(from_hex("3b80800101")).value());
    auto third = co_await vpcd_.accept();
    co_await say(*third, "04");
    const std::string atr = co_await hear(*third, 7);
    EXPECT_EQ(atr, "00053b80800101");
  });
}

}  // namespace
}  // namespace vscard::session
