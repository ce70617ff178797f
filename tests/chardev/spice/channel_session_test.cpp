// A session's channels over streams: a stream of bytes, and one reason for its end.

#include "chardev/spice/channel_session.hpp"

#include "async/error.hpp"
#include "async/spawn.hpp"
#include "chardev/spice/main_channel.hpp"
#include "chardev/spice/smartcard/card_message.hpp"
#include "chardev/spice/smartcard/vsc_translator.hpp"
#include "chardev/spice/vmc/byte_translator.hpp"
#include "chardev/spice/vmc/data_message.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>

namespace vscard::chardev::spice {
namespace {

using fakes::from_hex;
using fakes::PipeEnd;
using fakes::to_hex;

const std::string kInit = "00000001000000000000000c565343440000000200000000";
const std::string kHostInit = "00000001ffffffff0000000c565343440000000200000000";
const std::string kReaderAdd = "00000003ffffffff0000000161";
const std::string kPing = "04000c000000010000008bd8164403000000";
const std::string kPong = "03000c000000010000008bd8164403000000";
/// An APDU of two bytes: as the server sends it, and as a client reads it.
const std::string kServerApdu = "65000e000000 070000000000000002000000";
const std::string kApdu = "000000070000000000000002";

/// A session with a card channel, and the server's ends of both.
class SpiceChannelSession : public testing::Test {
 protected:
  SpiceChannelSession() { start(); }

  void start() {
    auto main = fakes::make_pipe();
    auto card = fakes::make_pipe();
    main_ = std::move(main.second);
    card_ = std::move(card.second);
    session_ = std::make_shared<ChannelSession>(
        std::make_shared<Session>(io_.get_executor(),
                                  std::make_unique<Connection>(kMainChannel, std::move(main.first)),
                                  SessionId{1}, std::vector<ChannelId>{}),
        ChannelId{ChannelType::SmartCard},
        std::make_unique<Connection>(smartcard::kCardChannel, std::move(card.first)),
        std::make_unique<smartcard::VscTranslator>());
    ++kept_;
    async::spawn(io_.get_executor(), ChannelSession::keep(session_), [this] { --kept_; });
    poll();
  }
  void poll() {
    io_.restart();
    io_.poll();
  }
  static void say(PipeEnd& end, const std::string& hex) { end.write_now(from_hex(hex)); }
  /// What the server's end has been sent until now.
  std::string sent(PipeEnd& end) {
    std::string all;
    std::vector<std::uint8_t> buffer(4096);
    const auto read = [](PipeEnd& from, std::vector<std::uint8_t>& into,
                         std::string& text) -> Awaitable<void> {
      const auto size = co_await from.read(into);
      if (size) text = to_hex(protocol::Bytes(into).first(*size));
    };
    async::spawn(io_.get_executor(), read(end, buffer, all));
    poll();
    return all;
  }
  /// What the stream's user reads, at most so many bytes; "" when that waits.
  std::string read(std::size_t size = 100) {
    std::vector<std::uint8_t> buffer(size);
    std::string text;
    async::spawn(io_.get_executor(), session_->read(buffer),
                 [&](std::expected<std::size_t, std::error_code> got) {
                   text = got ? to_hex(protocol::Bytes(buffer).first(*got)) : got.error().message();
                 });
    poll();
    return text;
  }
  std::error_code write(const std::string& hex) {
    const auto bytes = from_hex(hex);
    std::error_code error = std::make_error_code(std::errc::timed_out);
    async::spawn(io_.get_executor(), session_->write(bytes),
                 [&error](std::error_code result) { error = result; });
    poll();
    return error;
  }

  asio::io_context io_;
  std::unique_ptr<PipeEnd> main_;
  std::unique_ptr<PipeEnd> card_;
  std::shared_ptr<ChannelSession> session_;
  int kept_ = 0;  ///< channels that are kept
};

TEST_F(SpiceChannelSession, IsVscBothWays) {
  EXPECT_FALSE(write(kInit + kReaderAdd));
  EXPECT_EQ(read(), kHostInit) << "SPICE swallows it";
  EXPECT_EQ(sent(*card_), "65000d00000003000000ffffffff0100000061");
  say(*card_, kServerApdu + "9000");
  poll();
  EXPECT_EQ(read(5), kApdu.substr(0, 10));
  EXPECT_EQ(read(), kApdu.substr(10) + "9000");
}

TEST_F(SpiceChannelSession, KeepsBothChannelsAlive) {
  say(*main_, kPing);
  say(*card_, kPing);
  poll();
  EXPECT_EQ(sent(*main_), kPong);
  EXPECT_EQ(sent(*card_), kPong);
}

TEST_F(SpiceChannelSession, HoldsFewMessagesForAUserThatDoesNotRead) {
  for (int i = 0; i < 200; ++i) say(*card_, kServerApdu + "9000");
  poll();
  const std::size_t held = card_->unread();
  for (int i = 0; i < 1000; ++i) {
    say(*card_, kServerApdu + "9000");
    poll();
  }
  EXPECT_EQ(card_->unread(), held + 1000 * (6 + 14)) << "the stream waits, not the memory";
  say(*main_, kPing);
  poll();
  EXPECT_EQ(sent(*main_), kPong) << "the other channel goes on";
  int messages = 0;
  while (read(14) == kApdu + "9000") ++messages;
  EXPECT_EQ(messages, 1200);
}

TEST_F(SpiceChannelSession, EndsBothChannelsForTheReasonOfTheFirst) {
  session_->end(async::aborted());
  poll();
  const std::pair<const char*, Errc> kReasons[] = {
      {"06000c000000000000000000000000000000", Errc::Disconnected},
      {"01000400000000000000", Errc::Migrated},
      {"0900ffffffff", Errc::BadMessage},
  };
  for (const auto& [message, reason] : kReasons) {
    start();
    say(*main_, message);
    poll();
    const std::string expected = make_error_code(reason).message();
    EXPECT_EQ(read(), expected);
    EXPECT_EQ(write(kReaderAdd).message(), expected);
    EXPECT_EQ(kept_, 0) << expected;
  }
}

TEST_F(SpiceChannelSession, EndsWithACardMessageThatIsNone) {
  say(*card_, "65000e0000000700000000000000030000009000");
  poll();
  EXPECT_EQ(read(), make_error_code(Errc::BadMessage).message());
  EXPECT_EQ(kept_, 0);
}

TEST_F(SpiceChannelSession, GivesWhatCameBeforeTheEnd) {
  say(*card_, kServerApdu + "9000");
  poll();
  main_->close();
  poll();
  EXPECT_EQ(read(), kApdu + "9000");
  EXPECT_EQ(read(), make_error_code(Errc::Closed).message());
  EXPECT_EQ(kept_, 0);
}

TEST_F(SpiceChannelSession, EndsAReadThatWaits) {
  std::array<std::uint8_t, 16> buffer{};
  std::error_code end;
  async::spawn(io_.get_executor(), session_->read(buffer),
               [&end](std::expected<std::size_t, std::error_code> got) { end = got.error(); });
  poll();
  EXPECT_FALSE(end);
  session_->end(async::aborted());
  session_->end(make_error_code(Errc::Migrated));
  poll();
  EXPECT_EQ(end, async::aborted());
  EXPECT_EQ(kept_, 0);
}

TEST_F(SpiceChannelSession, IsNotSettledByAMessageThatEndsIt) {
  for (int steps = 0; steps < 20; ++steps) {
    auto main = fakes::make_pipe();
    auto port = fakes::make_pipe();
    say(*port.second, "c9000b000000 02000000 09000000 01 6100");  // a port of the name "a"
    const auto channel = std::make_shared<ChannelSession>(
        std::make_shared<Session>(io_.get_executor(),
                                  std::make_unique<Connection>(kMainChannel, std::move(main.first)),
                                  SessionId{1}, std::vector<ChannelId>{}),
        ChannelId{ChannelType::Port},
        std::make_unique<Connection>(vmc::kPortChannel, std::move(port.first)),
        std::make_unique<vmc::ByteTranslator>("b"));
    async::spawn(io_.get_executor(), ChannelSession::keep(channel));
    io_.restart();
    for (int i = 0; i < steps; ++i) io_.poll_one();
    std::error_code settled;
    async::spawn(io_.get_executor(), channel->settle(FirstWord::Certain),
                 [&settled](std::error_code result) { settled = result; });
    poll();
    EXPECT_EQ(settled, Errc::AnotherPort) << "after " << steps << " steps";
  }
}

TEST_F(SpiceChannelSession, RefusesBytesThatAreNoVsc) {
  EXPECT_TRUE(write("0000000700000000ffffffff"));
  EXPECT_EQ(sent(*card_), "");
}

}  // namespace
}  // namespace vscard::chardev::spice
