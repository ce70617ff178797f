#include "async/spawn.hpp"

#include "tests/async/run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace vscard::async {
namespace {

Awaitable<void> increment(int& number) {
  ++number;
  co_return;
}

Awaitable<std::unique_ptr<int>> answer() { co_return std::make_unique<int>(42); }

Awaitable<int> throw_up() {
  throw std::runtime_error("thrown");
  co_return 0;
}

TEST(Spawn, RunsOnTheExecutor) {
  asio::io_context io;
  int number = 0;
  spawn(io.get_executor(), increment(number));
  EXPECT_EQ(number, 0);
  io.run();
  EXPECT_EQ(number, 1);
}

TEST(Spawn, TellsTheEnd) {
  asio::io_context io;
  int number = 0;
  int at_the_end = 0;
  spawn(io.get_executor(), increment(number), [&] { at_the_end = number; });
  io.run();
  EXPECT_EQ(at_the_end, 1);
}

TEST(Spawn, HandsTheResultOver) {
  asio::io_context io;
  std::unique_ptr<int> result;
  spawn(io.get_executor(), answer(),
        [&](std::unique_ptr<int> value) { result = std::move(value); });
  io.run();
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 42);
}

TEST(Spawn, LetsAnExceptionLeaveTheLoop) {
  asio::io_context io;
  bool ended = false;
  spawn(io.get_executor(), throw_up(), [&](int) { ended = true; });
  EXPECT_THROW(io.run(), std::runtime_error);
  EXPECT_FALSE(ended);
}

}  // namespace
}  // namespace vscard::async
