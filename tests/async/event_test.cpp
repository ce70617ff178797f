#include "async/event.hpp"

#include "async/sleep.hpp"
#include "tests/async/run.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace vscard::async {
namespace {

using protocol::Clock;
using std::chrono::milliseconds;

Awaitable<void> wait_once(Event& event, int& woken) {
  co_await event.wait();
  ++woken;
}

class Events : public testing::Test {
 protected:
  /// Until the coroutine waits for something.
  void start(Awaitable<void> work) {
    spawn(io_.get_executor(), std::move(work));
    io_.restart();
    io_.poll();
  }
  void poll() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_;
  int woken_ = 0;
};

TEST_F(Events, WakeAllThatWait) {
  Event event;
  start(wait_once(event, woken_));
  start(wait_once(event, woken_));
  EXPECT_EQ(woken_, 0);
  event.notify();
  EXPECT_EQ(woken_, 0) << "a waiter runs before notify() returns";
  poll();
  EXPECT_EQ(woken_, 2);
}

TEST_F(Events, KeepNothingForThoseThatWaitLater) {
  Event event;
  event.notify();
  start(wait_once(event, woken_));
  EXPECT_EQ(woken_, 0);
  event.notify();
  event.notify();
  poll();
  EXPECT_EQ(woken_, 1);
}

TEST_F(Events, CanBeWaitedForAgain) {
  Event event;
  for (int round = 1; round <= 3; ++round) {
    start(wait_once(event, woken_));
    event.notify();
    poll();
    EXPECT_EQ(woken_, round);
  }
}

TEST_F(Events, EndAWaitAtItsLimit) {
  Event event;
  const auto limit = Clock::now() + milliseconds(20);
  test::run(io_, event.wait_until(limit));
  EXPECT_GE(Clock::now(), limit);
  test::run(io_, event.wait_for(milliseconds(1)));
}

TEST_F(Events, LeaveTheLimitsOfOtherWaitersAlone) {
  Event event;
  start(wait_once(event, woken_));
  bool ended = false;
  spawn(io_.get_executor(), event.wait_for(milliseconds(1)), [&] { ended = true; });
  while (!ended) io_.run_one();
  EXPECT_EQ(woken_, 0);
}

TEST_F(Events, WakeTheirWaitersWhenTheyEnd) {
  auto event = std::make_unique<Event>();
  start(wait_once(*event, woken_));
  event.reset();
  poll();
  EXPECT_EQ(woken_, 1);
}

TEST(EventLife, AWaiterMayBeFreedAfterTheEvent) {
  int woken = 0;
  asio::io_context io;
  {
    Event event;
    spawn(io.get_executor(), wait_once(event, woken));
    io.poll();
  }
  EXPECT_EQ(woken, 0);
}

TEST(EventLife, AWaiterMayBeFreedBeforeTheEvent) {
  int woken = 0;
  Event event;
  {
    asio::io_context io;
    spawn(io.get_executor(), wait_once(event, woken));
    io.poll();
  }
  event.notify();
  EXPECT_EQ(woken, 0);
}

TEST(Sleep, LastsItsTime) {
  asio::io_context io;
  const auto began = Clock::now();
  test::run(io, async::sleep(milliseconds(20)));
  EXPECT_GE(Clock::now() - began, milliseconds(20));
}

}  // namespace
}  // namespace vscard::async
