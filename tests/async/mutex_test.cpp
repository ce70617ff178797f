#include "async/mutex.hpp"

#include "tests/async/run.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::async {
namespace {

/// Writes its letter when it comes in, and again when it leaves, after `step`.
Awaitable<void> pass(Mutex& mutex, Event& step, char letter, std::string& trace) {
  const auto lock = co_await mutex.lock();
  trace += letter;
  co_await step.wait();
  trace += letter;
}

TEST(Mutex, LetsOneInAfterTheOther) {
  asio::io_context io;
  Mutex mutex;
  Event step;
  std::string trace;
  for (const char letter : {'a', 'b', 'c'}) {
    spawn(io.get_executor(), pass(mutex, step, letter, trace));
  }
  for (const auto* expected : {"a", "aab", "aabbc", "aabbcc"}) {
    io.restart();
    io.poll();
    EXPECT_EQ(trace, expected);
    step.notify();
  }
}

TEST(Mutex, IsFreeAgainWhenNobodyHoldsIt) {
  asio::io_context io;
  Mutex mutex;
  int held = 0;
  const auto hold = [](Mutex& taken, int& count) -> Awaitable<void> {
    const auto lock = co_await taken.lock();
    ++count;
  };
  test::run(io, hold(mutex, held));
  test::run(io, hold(mutex, held));
  EXPECT_EQ(held, 2);
}

}  // namespace
}  // namespace vscard::async
