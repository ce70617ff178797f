#include "async/worker.hpp"

#include "tests/async/run.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <memory>

namespace vscard::async {
namespace {

using Clock = std::chrono::steady_clock;
using ThreadId = std::thread::id;

Awaitable<std::vector<ThreadId>> threads_of(Worker& worker) {
  std::vector<ThreadId> threads{std::this_thread::get_id()};
  for (int i = 0; i < 2; ++i) {
    threads.push_back(
        co_await on_worker<ThreadId>(worker, [] { return std::this_thread::get_id(); }));
    threads.push_back(std::this_thread::get_id());
  }
  co_return threads;
}

TEST(Worker, WorksOnAThreadOfItsOwn) {
  asio::io_context io;
  Worker worker;
  const auto threads = test::run(io, threads_of(worker));
  const ThreadId own = std::this_thread::get_id();
  ASSERT_EQ(threads.size(), 5U);
  EXPECT_NE(threads[1], own);
  EXPECT_EQ(threads, (std::vector{own, threads[1], own, threads[1], own}));
}

bool gets_sigterm() {
  sigset_t blocked{};
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return ::sigismember(&blocked, SIGTERM) == 0;
}

TEST(Worker, GetsNoSignals) {
  asio::io_context io;
  Worker worker;
  EXPECT_TRUE(gets_sigterm());
  EXPECT_FALSE(test::run(io, on_worker<bool>(worker, gets_sigterm)));
}

Awaitable<std::unique_ptr<int>> hand_back(Worker& worker, std::unique_ptr<int> value) {
  std::move_only_function<std::unique_ptr<int>()> work = [value = std::move(value)]() mutable {
    ++*value;
    return std::move(value);
  };
  co_return co_await on_worker(worker, std::move(work));
}

TEST(Worker, GivesWhatTheWorkGives) {
  asio::io_context io;
  Worker worker;
  EXPECT_EQ(*test::run(io, hand_back(worker, std::make_unique<int>(41))), 42);
}

TEST(Worker, DoesOneJobAfterTheOther) {
  std::string order;
  std::promise<void> done;
  Worker worker;
  worker.post([&] { order += 'a'; });
  worker.post([&] { order += 'b'; });
  worker.post([&] { done.set_value(); });
  done.get_future().wait();
  EXPECT_EQ(order, "ab");
}

TEST(Worker, EndsAfterTheJobThatIsUnderWay) {
  // Each job posts the next one, for as long as a test waits: there is always one to drop.
  const auto patience = Clock::now() + std::chrono::seconds(30);
  std::promise<void> began;
  int begun = 0;
  int done = 0;
  auto worker = std::make_unique<Worker>();
  Worker& while_it_ends = *worker;
  std::function<void()> job = [&] {
    if (++begun == 1) began.set_value();
    if (Clock::now() < patience) while_it_ends.post(job);
    ++done;
  };
  worker->post(job);
  began.get_future().wait();
  worker.reset();
  EXPECT_EQ(done, begun);
  EXPECT_LT(Clock::now(), patience);
}

Awaitable<void> hold(Worker& worker, std::shared_ptr<int> held) {
  co_await hand_back(worker, std::make_unique<int>(*held));
}

TEST(Worker, FreesTheCoroutinesWhoseJobsItDrops) {
  asio::io_context io;
  std::promise<void> may_end;
  auto worker = std::make_unique<Worker>();
  worker->post([&] { may_end.get_future().wait(); });
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  spawn(io.get_executor(), hold(*worker, std::move(held)));
  io.poll();
  EXPECT_FALSE(watched.expired());
  std::jthread ending([&] { worker.reset(); });
  may_end.set_value();
  ending.join();
  io.run();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace vscard::async
