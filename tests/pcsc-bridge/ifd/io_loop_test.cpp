#include "pcsc-bridge/ifd/io_loop.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>

namespace vscard::pcsc_bridge::ifd {
namespace {

using protocol::Clock;
using std::chrono::hours;
using std::chrono::milliseconds;
using ThreadId = std::thread::id;

/// The thread that takes the loop's next step.
std::future<ThreadId> next_step(IoLoop& loop) {
  auto task = std::make_shared<std::packaged_task<ThreadId()>>(std::this_thread::get_id);
  asio::post(loop.context(), [task] { (*task)(); });
  return task->get_future();
}

TEST(IfdIoLoop, AThreadOfItsOwnRunsIt) {
  IoLoop loop;
  EXPECT_NE(next_step(loop).get(), std::this_thread::get_id());
}

TEST(IfdIoLoop, AThreadThatWaitsTakesTheStepsItself) {
  IoLoop loop;
  next_step(loop).get();  // the own thread is at work
  for (int i = 0; i < 1000; ++i) {
    std::vector<ThreadId> steps;
    const auto step = [&steps] { steps.push_back(std::this_thread::get_id()); };
    const auto start = [&] {
      step();
      asio::post(loop.context(), [&] {
        step();
        asio::post(loop.context(), step);
      });
    };
    EXPECT_TRUE(loop.run(start, [&] { return steps.size() == 3; }, Clock::now() + hours(1)));
    EXPECT_EQ(steps, std::vector(3, std::this_thread::get_id()));
  }
}

// However long the one before took: a millisecond is what the own thread stands back for.
TEST(IfdIoLoop, ItsOwnThreadTakesOverAgain) {
  IoLoop loop;
  for (const int length : {0, 1, 2, 20}) {
    bool rung = false;
    asio::steady_timer timer(loop.context());
    const auto start = [&] {
      timer.expires_after(milliseconds(length));
      timer.async_wait([&](const auto& /*error*/) { rung = true; });
    };
    EXPECT_TRUE(loop.run(start, [&] { return rung; }, Clock::now() + hours(1)));
    EXPECT_NE(next_step(loop).get(), std::this_thread::get_id());
  }
}

TEST(IfdIoLoop, WaitsNoLongerThanTheLimit) {
  IoLoop loop;
  const auto nothing = [] {};
  EXPECT_TRUE(loop.run(nothing, [] { return false; }, Clock::now() + milliseconds(5)));
  EXPECT_TRUE(loop.run(nothing, [] { return false; }, Clock::now()));
}

TEST(IfdIoLoop, OneThreadAtATimeWaits) {
  IoLoop loop;
  std::promise<void> started;
  std::atomic<bool> done = false;
  auto waiting = std::async(std::launch::async, [&] {
    return loop.run([&] { started.set_value(); }, [&] { return done.load(); },
                    Clock::now() + hours(1));
  });
  started.get_future().get();
  EXPECT_FALSE(loop.run([] { FAIL() << "started"; }, [] { return true; }, Clock::now() + hours(1)));
  asio::post(loop.context(), [&] { done = true; });  // and so a step, after which it looks
  EXPECT_TRUE(waiting.get());
}

TEST(IfdIoLoop, AFailureEndsNothingElse) {
  IoLoop loop;
  const auto fail = [] { throw std::runtime_error("no memory"); };
  asio::post(loop.context(), fail);
  EXPECT_NE(next_step(loop).get(), std::this_thread::get_id());
  bool stepped = false;
  const auto start = [&] {
    asio::post(loop.context(), fail);
    asio::post(loop.context(), [&] { stepped = true; });
  };
  EXPECT_TRUE(loop.run(start, [&] { return stepped; }, Clock::now() + hours(1)));
}

TEST(IfdIoLoop, IsFreeAgainWhenTheStartFails) {
  IoLoop loop;
  const auto fail = [] { throw std::runtime_error("no memory"); };
  const auto never = [] { return false; };
  EXPECT_THROW(loop.run(fail, never, Clock::now() + hours(1)), std::runtime_error);
  EXPECT_NE(next_step(loop).get(), std::this_thread::get_id());
  EXPECT_TRUE(loop.run([] {}, [] { return true; }, Clock::now() + hours(1)));
}

TEST(IfdIoLoop, EndsWithThingsUnderWay) {
  auto loop = std::make_unique<IoLoop>();
  auto timer = std::make_shared<asio::steady_timer>(loop->context(), hours(1));
  auto& waiting = *timer;
  waiting.async_wait([timer = std::move(timer)](const auto& /*error*/) { FAIL(); });
  next_step(*loop).get();
  loop.reset();
}

}  // namespace
}  // namespace vscard::pcsc_bridge::ifd
