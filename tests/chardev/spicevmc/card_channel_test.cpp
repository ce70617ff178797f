// A client's card channel between the library's messages and the host's stream.

#include "chardev/spicevmc/card_channel.hpp"

#include "tests/fakes/hex.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <array>
#include <future>

namespace vscard::chardev::spicevmc {
namespace {

using fakes::from_hex;
using fakes::to_hex;

constexpr const char* kInit = "00000001ffffffff0000000c565343440000000200000000";
constexpr const char* kSuccess = "00000002000000000000000400000000";
constexpr const char* kWrongLength = "0000000700000000000000026700";

/// An APDU message with so many bytes of it.
std::string apdu(std::size_t size) {
  std::array<char, 9> length{};
  std::snprintf(length.data(), length.size(), "%08zx", size);
  return "0000000700000000" + std::string(length.data()) + std::string(2 * size, '5');
}

class SpicevmcSession : public testing::Test {
 protected:
  template <class T>
  std::future<T> spawn(Awaitable<T> work) {
    auto result = asio::co_spawn(io_, std::move(work), asio::use_future);
    run_ready();
    return result;
  }
  void run_ready() {
    io_.restart();
    io_.poll();
  }
  /// What the host reads next, at most `size` bytes; or the error's text.
  std::string read(std::size_t size = 70'000) {
    std::vector<std::uint8_t> buffer(size);
    auto reading = spawn(session_.read(buffer));
    if (!ready(reading)) throw std::runtime_error("there is nothing to read");
    const auto count = reading.get();
    return count ? to_hex(protocol::Bytes(buffer).first(*count)) : count.error().message();
  }
  /// What the library takes next.
  std::string take(std::size_t size) {
    std::vector<std::uint8_t> buffer(size);
    return to_hex(protocol::Bytes(buffer).first(session_.take(buffer)));
  }
  bool receive(const std::string& hex) { return session_.receive(from_hex(hex)).has_value(); }
  std::future<std::error_code> write(const std::string& hex) {
    written_ = from_hex(hex);
    return spawn(session_.write(written_));
  }
  template <class T>
  static bool ready(const std::future<T>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  asio::io_context io_;
  int wakes_ = 0;
  std::vector<std::uint8_t> written_;
  CardChannel session_{{.remote = "tcp://192.0.2.1:1"}, [this] { ++wakes_; }};
};

TEST_F(SpicevmcSession, BeginsWithTheInitThatTheLibraryKept) { EXPECT_EQ(read(), kInit); }

TEST_F(SpicevmcSession, HandsTheClientsMessagesOn) {
  EXPECT_TRUE(receive(kSuccess));
  EXPECT_TRUE(receive(apdu(2)));
  EXPECT_EQ(read(10), std::string(kInit).substr(0, 20));
  EXPECT_EQ(read(), std::string(kInit).substr(20));
  EXPECT_EQ(read(), kSuccess);
  EXPECT_EQ(read(), apdu(2));

  std::array<std::uint8_t, 64> buffer{};
  auto reading = spawn(session_.read(buffer));
  EXPECT_FALSE(ready(reading));
  EXPECT_TRUE(receive(kSuccess));
  run_ready();
  EXPECT_EQ(reading.get().value(), 16U);
}

TEST_F(SpicevmcSession, GivesTheLibraryOneMessageAtATimeAndNoInit) {
  auto writing = write(std::string(kInit) + kSuccess + apdu(5));
  EXPECT_EQ(wakes_, 1);
  EXPECT_FALSE(ready(writing));
  EXPECT_EQ(take(282), kSuccess);
  EXPECT_EQ(take(12), apdu(5).substr(0, 24));
  EXPECT_EQ(take(282), apdu(5).substr(24));
  EXPECT_EQ(take(282), "");
  run_ready();
  EXPECT_FALSE(writing.get());
}

TEST_F(SpicevmcSession, HoldsOneMessageForALibraryThatTakesNone) {
  const auto message = from_hex(apdu(5));
  EXPECT_EQ(session_.write_now(message), message.size());
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(session_.write_now(message), 0);
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(take(282), apdu(5));
  EXPECT_EQ(session_.write_now(message), message.size());
  EXPECT_EQ(take(282), apdu(5));
}

TEST_F(SpicevmcSession, TakesMessagesInPieces) {
  const std::string message = apdu(5);
  for (std::size_t i = 0; i < message.size(); i += 2) {
    EXPECT_EQ(take(282), "");
    auto writing = write(message.substr(i, 2));
    EXPECT_EQ(ready(writing), i + 2 < message.size());
  }
  EXPECT_EQ(take(282), message);
}

TEST_F(SpicevmcSession, AnswersACommandThatTheLibraryHasNoRoomFor) {
  EXPECT_EQ(read(), kInit);
  for (const std::size_t size : {271U, 282U, 283U, 4103U, 65544U}) {
    auto writing = write(apdu(size));
    EXPECT_EQ(take(282), "") << size;
    EXPECT_FALSE(writing.get());
    EXPECT_EQ(read(), kWrongLength) << size;
  }
  for (const std::size_t size : {261U, 270U}) {
    auto writing = write(apdu(size));
    EXPECT_EQ(take(282), apdu(size)) << size;
    run_ready();
    EXPECT_FALSE(writing.get());
  }
}

TEST_F(SpicevmcSession, DoesNotHoldWhatAFloodingClientSends) {
  EXPECT_TRUE(receive(apdu(65544)));
  EXPECT_TRUE(receive(apdu(65000)));
  EXPECT_FALSE(receive(apdu(65544)));
}

TEST_F(SpicevmcSession, EndsWithTheClient) {
  EXPECT_TRUE(receive(kSuccess));
  auto writing = write(apdu(5));
  session_.lose();
  run_ready();
  EXPECT_EQ(writing.get().message(), "End of file");
  EXPECT_TRUE(receive(kSuccess));  // the library's own ReaderRemove
  EXPECT_EQ(take(282), "");
  EXPECT_EQ(read(), kInit);
  EXPECT_EQ(read(), kSuccess);
  EXPECT_EQ(read(), "End of file");
}

TEST_F(SpicevmcSession, EndsWhenItIsClosed) {
  EXPECT_EQ(read(), kInit);
  std::array<std::uint8_t, 64> buffer{};
  auto reading = spawn(session_.read(buffer));
  session_.close();
  session_.lose();
  run_ready();
  EXPECT_EQ(reading.get().error().message(), "Operation canceled");
}

TEST_F(SpicevmcSession, RefusesWhatIsNoVsc) {
  EXPECT_TRUE(write("ffffffffffffffffffffffff").get());
  EXPECT_EQ(take(282), "");
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
