// Messages of a WebSocket over streams with faults, and a peer that does what it likes.

#include "chardev/websocket/stream.hpp"

#include "tests/chardev/websocket/ends.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace vscard::chardev::websocket {
namespace {

using namespace test;
using fakes::counting;
using fakes::from_hex;
using testing::EndsWith;
using testing::HasSubstr;

/// Both ends are ours.
class WebSocketPair : public testing::Test {
 protected:
  /// The faults are the client's.
  void connect(StreamFaults faults) {
    auto [near, far] = fakes::make_pipe(faults);
    near_ = near.get();
    far_ = far.get();
    const auto executor = io_.get_executor();
    client_.emplace(executor, std::move(near), "server");
    server_.emplace(executor, std::move(far), "client");
    async::spawn(executor, server_->accept({.path = "/", .origin = {}}),
                 [](Result<> granted) { EXPECT_TRUE(granted); });
    const auto asked = run(io_, client_->ask({.host = "h:1", .path = "/", .token = {}}));
    ASSERT_TRUE(asked) << asked.error().text;
  }
  void expect_carried(WebSocketStream& from, WebSocketStream& to, const Bytes& bytes) {
    std::optional<Bytes> heard;
    async::spawn(io_.get_executor(), fakes::read_exactly(to, bytes.size()),
                 [&heard](Bytes all) { heard = std::move(all); });
    EXPECT_FALSE(run(io_, from.write(bytes)));
    EXPECT_EQ(heard, bytes);
  }

  asio::io_context io_;
  fakes::PipeEnd* near_ = nullptr;
  fakes::PipeEnd* far_ = nullptr;
  std::optional<WebSocketStream> client_;
  std::optional<WebSocketStream> server_;
};

TEST_F(WebSocketPair, CarriesBytesBothWaysWhateverTheStreamMakesOfThem) {
  for (const StreamFaults faults : {StreamFaults{}, StreamFaults{.read_at_most = 1},
                                    StreamFaults{.read_at_most = 13, .room = 7}}) {
    connect(faults);
    for (const std::size_t size : {1U, 125U, 126U, 1000U}) {
      expect_carried(*client_, *server_, counting(size));
      expect_carried(*server_, *client_, counting(size));
    }
    EXPECT_FALSE(near_->misused() || far_->misused());
    EXPECT_FALSE(near_->left_something() || far_->left_something()) << "there may be PINs in it";
  }
}

/// As a session writes: at once what goes at once, and then the rest.
Awaitable<void> write_commands(Stream& to, const Bytes& command, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t now = to.write_now(command);
    const auto rest = protocol::Bytes(command).subspan(now);
    if (rest.empty()) continue;
    EXPECT_FALSE(co_await to.write(rest));
  }
  const protocol::Bytes nothing;
  EXPECT_FALSE(co_await to.write(nothing));
}

TEST_F(WebSocketPair, CarriesMoreThanAMessage) {
  connect({});
  for (const std::size_t size : {65535U, 65536U, 65537U, 140'000U}) {
    expect_carried(*client_, *server_, counting(size));
    expect_carried(*server_, *client_, counting(size));
  }
}

TEST_F(WebSocketPair, CarriesAMegabyteOfCommandsThatAreWrittenAtOnce) {
  const Bytes command = counting(261);
  constexpr std::size_t kCommands = 4000;
  Bytes all;
  for (std::size_t i = 0; i < kCommands; ++i) {
    all.insert(all.end(), command.begin(), command.end());
  }
  for (const std::size_t room : {StreamFaults::kNone, std::size_t{100}}) {
    connect({.takes_at_once = 100'000, .room = room});
    async::spawn(io_.get_executor(), write_commands(*client_, command, kCommands));
    EXPECT_EQ(run(io_, fakes::read_exactly(*server_, all.size())), all);
    EXPECT_FALSE(near_->misused());
  }
}

TEST_F(WebSocketPair, WaitsForAPeerThatDoesNotRead) {
  connect({.room = 1000});
  const Bytes bytes = counting(1'000'000);
  bool done = false;
  async::spawn(io_.get_executor(), client_->write(bytes),
               [&done](std::error_code) { done = true; });
  io_.restart();
  io_.poll();
  EXPECT_FALSE(done);
  EXPECT_EQ(near_->unread(), 1000U);
  EXPECT_EQ(client_->write_now(from_hex("01")), 0U);
  client_->close();
  io_.restart();
  io_.run();
  EXPECT_TRUE(done);
}

TEST_F(WebSocketPair, ASmallReadLeavesTheRestToTheNext) {
  connect({});
  EXPECT_FALSE(run(io_, client_->write(from_hex("010203"))));
  std::array<std::uint8_t, 2> two{};
  EXPECT_EQ(run(io_, server_->read(two)), 2U);
  EXPECT_EQ(run(io_, server_->read(two)), 1U);
  EXPECT_EQ(two.front(), 3);
}

/// Frames of a client, RFC 6455 §5.2: FIN and opcode, mask bit and length, masking key, payload.
constexpr const char* kMessage = "82 83 37fa213d 36f822";  // 01 02 03
constexpr const char* kFirstPart = "02 82 00000001 0102";
constexpr const char* kPing = "89 82 00000000 4142";
constexpr const char* kPong = "8a 80 00000000";
constexpr const char* kEmptyPart = "00 80 00000000";
constexpr const char* kLastPart = "80 82 01000000 0204";  // 03 04

Bytes frames(std::initializer_list<const char*> all) {
  Bytes bytes = bytes_of(std::string(kRequest) + std::string(kEnd));
  for (const char* frame : all) {
    const Bytes more = from_hex(frame);
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  return bytes;
}

TEST(WebSocketFrames, AreTakenInEverySplit) {
  for (std::size_t part = 1; part < 20; ++part) {
    Server server({.read_at_most = part});
    server.say(frames({kMessage}));
    EXPECT_EQ(server.accept(), "");
    std::string read;
    while (read.size() < 6) read += server.read();
    EXPECT_EQ(read, "010203");
    EXPECT_THAT(text_of(server.heard()), HasSubstr(kAccept));
  }
}

TEST(WebSocketFrames, ThatAreCutOffEndTheStream) {
  const Bytes whole = frames({kMessage});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Server server({.hangs_up_after = size});
    server.say(whole);
    std::string read = server.accept();
    while (!read.ends_with("End of file")) read += server.read();
    EXPECT_TRUE(std::string_view("010203").starts_with(read.substr(0, read.find('E')))) << read;
  }
}

TEST(WebSocketFrames, OfOneMessageArePutTogetherWithAPingAmongThem) {
  for (const std::size_t part : {std::size_t{1}, std::size_t{5}, StreamFaults::kNone}) {
    Server server({.read_at_most = part});
    server.say(frames({kFirstPart, kPing, kEmptyPart, kPong, kLastPart}));
    EXPECT_EQ(server.accept(), "");
    std::string read;
    while (read.size() < 8) read += server.read();
    EXPECT_EQ(read, "01020304");
    const Bytes heard = server.heard();
    const std::string hex = fakes::to_hex(heard);
    EXPECT_THAT(hex, HasSubstr("8a024142")) << "the pong has what the ping had";
    EXPECT_THAT(hex, EndsWith("880203e8")) << "closed with code 1000";
  }
}

TEST(WebSocketFrames, AreSentUnmaskedByAServer) {
  Server server;
  server.say(frames({}));
  EXPECT_EQ(server.accept(), "");
  EXPECT_FALSE(run(server.io, server.stream->write(from_hex("0102"))));
  EXPECT_EQ(server.stream->write_now(from_hex("03")), 1U);
  EXPECT_FALSE(run(server.io, server.stream->write(from_hex("04"))));
  EXPECT_THAT(fakes::to_hex(server.heard()), EndsWith("82020102"
                                                      "820103"
                                                      "820104"
                                                      "880203e8"));
}

TEST(WebSocketFrames, TellHowTheWebSocketEnds) {
  struct Row {
    const char* frame;
    const char* error;
    const char* answer;  ///< how what is sent back ends
  };
  const Row rows[] = {
      {"88 80 00000000", "End of file", "880203e8"},
      {"88 82 00000000 03e8", "End of file", "880203e8"},
      {"88 82 00000000 03e9", "End of file", "880203e9"},
      {"88 84 00000000 03f3 6f68", "it closed the WebSocket with code 1011", "880203f3"},
      {"81 81 00000000 41", "it sent a text message, where binary ones are expected", "880203eb"},
      {"81 80 00000000", "it sent a text message, where binary ones are expected", "880203eb"},
      {"82 01 41", "The WebSocket frame was unmasked", "880203ea"},
      {"83 80 00000000", "The WebSocket frame contained an illegal opcode", "880203ea"},
      {"c2 80 00000000", "The WebSocket frame contained illegal reserved bits", "880203ea"},
      {"80 80 00000000", "The WebSocket continuation frame was unexpected", "880203ea"},
      {"89 fe 0080 00000000", "The WebSocket control frame size was invalid", "880203ea"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.frame);
    Server server;
    server.say(frames({row.frame}));
    EXPECT_EQ(server.accept(), "");
    EXPECT_EQ(server.read(), row.error);
    EXPECT_THAT(fakes::to_hex(server.heard()), EndsWith(row.answer));
  }
}

TEST(WebSocketFrames, AreNotAnsweredWithoutEndToAPeerThatDoesNotRead) {
  Server server({.room = 200});
  Bytes pings = frames({});
  for (int i = 0; i < 10'000; ++i) {
    const Bytes ping = from_hex(kPing);
    pings.insert(pings.end(), ping.begin(), ping.end());
  }
  server.say(pings);
  EXPECT_EQ(server.accept(), "");
  Bytes buffer(64);
  async::spawn(server.io.get_executor(), server.stream->read(buffer), [](auto) {});
  server.io.restart();
  server.io.poll();
  EXPECT_EQ(server.pipe->unread(), 200U);
  EXPECT_GT(server.client->unread(), 50'000U) << "what it says is not read, either";
  server.stream->close();
  server.io.poll();
}

}  // namespace
}  // namespace vscard::chardev::websocket
