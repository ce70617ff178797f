#include "chardev/join.hpp"

#include "async/error.hpp"
#include "async/spawn.hpp"
#include "chardev/socket_stream.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/peer/raw_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace vscard::chardev {
namespace {

using namespace std::chrono_literals;
using test::RawSocket;

/// A stream, and what is at its other end.
std::pair<std::unique_ptr<Stream>, RawSocket> socket_pair(const asio::any_io_executor& executor,
                                                          const std::string& name) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {std::make_unique<SocketStream>(executor, Descriptor(ends[0]), name), RawSocket(ends[1])};
}

class Join : public testing::Test {
 protected:
  void start(Stream& one, Stream& other, protocol::Duration half_open = 1h) {
    async::spawn(io_.get_executor(), join(one, other, half_open), [this](Result<> ended) {
      ended_ = ended ? "ended" : ended.error().text;
      io_.stop();
    });
    poll();
  }
  void start(protocol::Duration half_open = 1h) { start(*one_.first, *other_.first, half_open); }
  void poll() {
    io_.restart();
    io_.poll();
  }
  std::string run_to_end() {
    io_.restart();
    io_.run();
    return ended_.value_or("still joined");
  }

  asio::io_context io_;
  std::pair<std::unique_ptr<Stream>, RawSocket> one_ = socket_pair(io_.get_executor(), "one");
  std::pair<std::unique_ptr<Stream>, RawSocket> other_ = socket_pair(io_.get_executor(), "other");
  std::optional<std::string> ended_;
};

TEST_F(Join, PassesWhatComesBothWays) {
  start();
  one_.second.send_hex("010203");
  other_.second.send_hex("0405");
  poll();
  EXPECT_EQ(other_.second.read_hex(3), "010203");
  EXPECT_EQ(one_.second.read_hex(2), "0405");
  EXPECT_EQ(ended_, std::nullopt);
}

TEST_F(Join, EndsWhenBothHaveSaidAll) {
  start();
  one_.second.send_hex("01");
  one_.second.finish();
  poll();
  EXPECT_EQ(other_.second.read_hex(2), "01") << "and the end";
  other_.second.send_hex("02");
  poll();
  EXPECT_EQ(one_.second.read_hex(1), "02") << "this direction goes on";
  EXPECT_EQ(ended_, std::nullopt);
  other_.second.finish();
  EXPECT_EQ(run_to_end(), "ended");
}

TEST_F(Join, EndsWhenTheOtherHasNothingMoreToSay) {
  start(1ms);
  one_.second.finish();
  EXPECT_EQ(run_to_end(), "ended");
}

TEST_F(Join, EndsWithOneThatHasLeft) {
  start();
  one_.second.close();
  other_.second.send_hex("01");
  EXPECT_EQ(run_to_end(), "ended");
}

TEST_F(Join, SaysWhichOneFailed) {
  auto [here, there] = fakes::make_pipe();
  start(*one_.first, *here);
  here->close();
  EXPECT_EQ(run_to_end(), here->remote() + ": Operation canceled");
}

TEST_F(Join, EndsWhereTheOtherCannotBeTold) {
  auto [here, there] = fakes::make_pipe();
  start(*one_.first, *here, 1ms);
  one_.second.send_hex("01");
  one_.second.finish();
  EXPECT_EQ(run_to_end(), "ended");
  EXPECT_EQ(here->unread(), 1U) << "what came before has passed";
}

TEST_F(Join, HoldsNoMoreThanAPieceForOneThatDoesNotRead) {
  auto [here, there] = fakes::make_pipe({.room = 0});
  start(*one_.first, *here);
  const std::vector<std::uint8_t> bytes(std::size_t{16} << 20, 0x55);
  protocol::Bytes unsent(bytes);
  while (one_.second.send_some(unsent)) poll();
  EXPECT_GT(unsent.size(), std::size_t{15} << 20);
  here->close();
  EXPECT_NE(run_to_end(), "still joined");
}

}  // namespace
}  // namespace vscard::chardev
