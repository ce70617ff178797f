#include "protocol/vsc/keepalive.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vscard::protocol::vsc {
namespace {

using namespace std::chrono_literals;
using Due = Keepalive::Due;

constexpr Time kStart{};

TEST(Keepalive, HasNoDeadlineBeforeItStartsOrWithoutALimit) {
  const Keepalive keepalive(5s);
  EXPECT_FALSE(keepalive.deadline());
  Keepalive endless(0s);
  endless.start(kStart);
  EXPECT_FALSE(endless.deadline());
  EXPECT_EQ(endless.expire(kStart + 1h), Due::Nothing);
}

TEST(Keepalive, AsksAfterHalfOfTheSilenceAndEndsAfterAllOfIt) {
  Keepalive keepalive(4s);
  keepalive.start(kStart);
  EXPECT_EQ(keepalive.deadline(), kStart + 2s);
  EXPECT_EQ(keepalive.expire(kStart + 1999ms), Due::Nothing);
  ASSERT_EQ(keepalive.expire(kStart + 2s), Due::Ping);
  keepalive.ping(kStart + 2s);
  EXPECT_EQ(keepalive.deadline(), kStart + 4s);
  EXPECT_EQ(keepalive.expire(kStart + 4s), Due::End);
}

TEST(Keepalive, WaitsAnewWheneverSomethingComes) {
  Keepalive keepalive(4s);
  keepalive.start(kStart);
  keepalive.heard(kStart + 1s);
  EXPECT_EQ(keepalive.deadline(), kStart + 3s);
  keepalive.ping(kStart + 3s);
  keepalive.heard(kStart + 4s);
  EXPECT_EQ(keepalive.deadline(), kStart + 6s);
}

TEST(Keepalive, MeasuresTheWayThereAndBack) {
  Keepalive keepalive(4s);
  EXPECT_FALSE(keepalive.round_trip());
  const Ping first = keepalive.start(kStart);
  keepalive.pong({first.token + 1}, kStart + 10ms);
  EXPECT_FALSE(keepalive.round_trip()) << "the answer to no question";
  keepalive.pong({first.token}, kStart + 30ms);
  EXPECT_EQ(keepalive.round_trip(), 30ms);
  keepalive.pong({first.token}, kStart + 50ms);
  EXPECT_EQ(keepalive.round_trip(), 30ms) << "again";
  const Ping next = keepalive.ping(kStart + 2s);
  EXPECT_NE(next.token, first.token);
  keepalive.pong({next.token}, kStart + 2s + 5ms);
  EXPECT_EQ(keepalive.round_trip(), 5ms);
}

TEST(Keepalive, AfterItsEndWaitsForAnotherConnection) {
  Keepalive keepalive(4s);
  const Ping lost = keepalive.start(kStart);
  ASSERT_EQ(keepalive.expire(kStart + 4s), Due::End);
  EXPECT_FALSE(keepalive.deadline());
  EXPECT_EQ(keepalive.expire(kStart + 1h), Due::Nothing);
  keepalive.reconnected(kStart + 1h);
  EXPECT_EQ(keepalive.deadline(), kStart + 1h + 2s);
  keepalive.pong({lost.token}, kStart + 1h);
  EXPECT_FALSE(keepalive.round_trip()) << "over the line before";
}

}  // namespace
}  // namespace vscard::protocol::vsc
