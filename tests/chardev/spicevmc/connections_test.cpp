// Connections that the library was given, seen from their other ends.

#include "chardev/spicevmc/connections.hpp"

#include "tests/peer/raw_socket.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace vscard::chardev::spicevmc {
namespace {

constexpr protocol::Time kStart{};
constexpr std::chrono::seconds kSecond{1};

class SpicevmcConnections : public testing::Test {
 protected:
  ~SpicevmcConnections() override {
    for (const int descriptor : open_) ::close(descriptor);
  }
  /// Adds one; its other end.
  test::RawSocket add(protocol::Time deadline) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    open_.insert(ends[0]);
    last_ = ends[0];
    connections_.add(ends[0], "tcp://192.0.2.1:1", deadline);
    return test::RawSocket(ends[1]);
  }
  /// As the library does it.
  void end_last() {
    open_.erase(last_);
    ::close(last_);
  }

  std::set<int> open_;
  int last_ = -1;
  Connections connections_{[this](int descriptor) { return open_.contains(descriptor); }};
};

TEST_F(SpicevmcConnections, AreCutWhenNotAdmittedInTime) {
  const auto late = add(kStart + kSecond);
  const auto admitted = add(kStart + kSecond);
  const int descriptor = last_;
  connections_.admitted(descriptor);
  connections_.cut_late(kStart + kSecond);
  EXPECT_TRUE(late.ended());
  ASSERT_EQ(::send(descriptor, "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(admitted.read_hex(1), "78");
  connections_.cut_all();
  EXPECT_TRUE(admitted.ended());
}

TEST_F(SpicevmcConnections, HaveADeadlineUntilTheyAreCutOrAdmitted) {
  EXPECT_EQ(connections_.next_deadline(), protocol::Time::max());
  const auto later = add(kStart + 2 * kSecond);
  const int first = last_;
  const auto sooner = add(kStart + kSecond);
  EXPECT_EQ(connections_.next_deadline(), kStart + kSecond);
  connections_.cut_late(kStart + kSecond);
  EXPECT_EQ(connections_.next_deadline(), kStart + 2 * kSecond);
  connections_.admitted(first);
  EXPECT_EQ(connections_.next_deadline(), protocol::Time::max());
}

TEST_F(SpicevmcConnections, HaveRoomFor32ThatWereAdmitted) {
  std::vector<test::RawSocket> peers;
  for (int i = 0; i < 32; ++i) {
    EXPECT_TRUE(connections_.make_room()) << i;
    peers.push_back(add(kStart));
  }
  for (const int descriptor : open_) connections_.admitted(descriptor);
  EXPECT_FALSE(connections_.make_room());
  end_last();
  EXPECT_TRUE(connections_.make_room());
}

TEST_F(SpicevmcConnections, GiveWayToTheNextInTheirOrderUntilTheyAreAdmitted) {
  std::vector<test::RawSocket> peers;
  for (int i = 0; i < 32; ++i) peers.push_back(add(kStart + i * kSecond));
  for (int i = 0; i < 32; ++i) {
    EXPECT_TRUE(connections_.make_room()) << i;
    EXPECT_TRUE(peers.at(static_cast<std::size_t>(i)).ended()) << i;
    peers.push_back(add(kStart + kSecond * 60));
  }
  EXPECT_FALSE(connections_.make_room()) << "the library has closed none of them";
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
