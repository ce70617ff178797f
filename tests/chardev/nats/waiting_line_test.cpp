#include "chardev/nats/waiting_line.hpp"

#include "chardev/nats/message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::nats {
namespace {

using std::chrono::seconds;

constexpr protocol::Time kStart{seconds(1000)};

/// `since` and `heard`: seconds after kStart.
Waiter waiter(const std::string& subject, int since, int heard) {
  return {.subject = subject,
          .labels = {},
          .since = kStart + seconds(since),
          .heard = kStart + seconds(heard)};
}

std::string order(const WaitingLine& line) {
  std::string subjects;
  for (const Waiter& waiter : line.waiters()) subjects += waiter.subject;
  return subjects;
}

TEST(NatsWaitingLine, IsInTheOrderOfComing) {
  WaitingLine line;
  for (const char* const subject : {"a", "b", "c"}) EXPECT_TRUE(line.put(waiter(subject, 5, 5)));
  EXPECT_TRUE(line.put(waiter("d", 4, 5)));
  EXPECT_EQ(order(line), "dabc");
  EXPECT_EQ(line.place_of("d"), 1U);
  EXPECT_EQ(line.place_of("c"), 4U);
  EXPECT_EQ(line.place_of("e"), 0U);
}

TEST(NatsWaitingLine, KeepsThePlaceOfWhoAsksAgain) {
  WaitingLine line;
  for (const char* const subject : {"a", "b"}) EXPECT_TRUE(line.put(waiter(subject, 0, 0)));
  EXPECT_TRUE(line.put(waiter("b", -9, 3)));
  EXPECT_TRUE(line.put(waiter("a", 9, 3)));
  EXPECT_EQ(order(line), "ab");
}

TEST(NatsWaitingLine, HearsWhoIsInIt) {
  WaitingLine line;
  EXPECT_TRUE(line.put(waiter("a", 0, 0)));
  EXPECT_TRUE(line.put(waiter("b", 0, 0)));
  EXPECT_TRUE(line.heard("b", kStart + seconds(1)));
  EXPECT_FALSE(line.heard("c", kStart + seconds(1)));
  line.forget_silent(kStart + kForgotten);
  EXPECT_EQ(order(line), "b");
}

TEST(NatsWaitingLine, MovesUpWhenOneLeaves) {
  WaitingLine line;
  for (const char* const subject : {"a", "b", "c"}) EXPECT_TRUE(line.put(waiter(subject, 0, 0)));
  line.leave("a");
  line.leave("x");
  EXPECT_EQ(order(line), "bc");
  EXPECT_EQ(line.place_of("c"), 2U);
}

TEST(NatsWaitingLine, ForgetsWhoAsksNoMore) {
  WaitingLine line;
  EXPECT_TRUE(line.put(waiter("a", 0, 0)));
  EXPECT_TRUE(line.put(waiter("b", 0, 1)));
  line.forget_silent(kStart + kForgotten - seconds(1));
  EXPECT_EQ(order(line), "ab");
  line.forget_silent(kStart + kForgotten);
  EXPECT_EQ(order(line), "b");
  line.excuse_silence(kStart + seconds(60));
  line.forget_silent(kStart + seconds(60));
  EXPECT_EQ(order(line), "b");
}

TEST(NatsWaitingLine, EndsSomewhere) {
  WaitingLine line;
  for (std::size_t i = 0; i < WaitingLine::kMaxWaiters; ++i) {
    EXPECT_TRUE(line.put(waiter(std::to_string(i), 0, 0)));
  }
  EXPECT_FALSE(line.put(waiter("x", -1, 0)));
  EXPECT_TRUE(line.put(waiter("0", 0, 0)));
  EXPECT_EQ(line.waiters().size(), WaitingLine::kMaxWaiters);
  line.leave("7");
  EXPECT_TRUE(line.put(waiter("x", -1, 0)));
  EXPECT_EQ(line.place_of("x"), 1U);
}

}  // namespace
}  // namespace vscard::chardev::nats
