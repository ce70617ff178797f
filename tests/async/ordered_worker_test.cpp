#include "async/ordered_worker.hpp"

#include "async/spawn.hpp"
#include "tests/async/run.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

namespace vscard::async {
namespace {

using Takes = OrderedWorker::Takes;
using ThreadId = std::thread::id;

Awaitable<ThreadId> thread_of(OrderedWorker& worker, Takes takes) {
  std::move_only_function<ThreadId()> work = [] { return std::this_thread::get_id(); };
  co_return co_await worker.run<ThreadId>(takes, std::move(work));
}

TEST(OrderedWorker, DoesHereWhatTakesMoments) {
  asio::io_context io;
  OrderedWorker worker;
  EXPECT_EQ(test::run(io, thread_of(worker, Takes::Moments)), std::this_thread::get_id());
  EXPECT_NE(test::run(io, thread_of(worker, Takes::AWhile)), std::this_thread::get_id());
  EXPECT_EQ(test::run(io, thread_of(worker, Takes::Moments)), std::this_thread::get_id())
      << "nothing is under way any more";
}

Awaitable<void> note(OrderedWorker& worker, Takes takes, std::function<void()> job) {
  std::move_only_function<bool()> work = [job = std::move(job)] {
    job();
    return true;
  };
  co_await worker.run<bool>(takes, std::move(work));
}

TEST(OrderedWorker, KeepsTheOrder) {
  asio::io_context io;
  OrderedWorker worker;
  std::string order;
  std::promise<void> go;
  spawn(io.get_executor(), note(worker, Takes::AWhile, [&] {
          go.get_future().wait();
          order += 'a';
        }));
  spawn(io.get_executor(), note(worker, Takes::Moments, [&] { order += 'b'; }));
  io.poll();
  EXPECT_EQ(order, "") << "the second waits for the first, and the executor for none";
  go.set_value();
  io.run();
  EXPECT_EQ(order, "ab");
}

TEST(OrderedWorker, MayEndBeforeTheCoroutinesOfItsJobs) {
  asio::io_context io;
  auto worker = std::make_unique<OrderedWorker>();
  spawn(io.get_executor(), note(*worker, Takes::AWhile, [] {}));
  io.poll_one();
  worker.reset();
}

}  // namespace
}  // namespace vscard::async
