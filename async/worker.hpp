#pragma once

#include "async/awaitable.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace vscard::async {

/// A thread for a C API that blocks: runs one job after the other. Its end waits for the job that
/// is under way, and drops the others.
class Worker {
 public:
  Worker();

  void post(std::move_only_function<void()> job);

 private:
  void run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any filled_;
  std::deque<std::move_only_function<void()>> jobs_;  ///< guarded by mutex_
  std::jthread thread_;                               ///< last: it uses the others
};

/// What `work` gives, done on the worker's thread; the coroutine goes on on its own executor.
template <class Result>
Awaitable<Result> on_worker(Worker& worker, std::move_only_function<Result()> work) {
  auto start = [&worker](auto handler, std::move_only_function<Result()> job) {
    auto executor = asio::get_associated_executor(handler);
    worker.post([handler = std::move(handler), job = std::move(job),
                 guard = asio::make_work_guard(executor)]() mutable {
      asio::post(guard.get_executor(), [handler = std::move(handler), result = job()]() mutable {
        std::move(handler)(std::move(result));
      });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Result)>(
      std::move(start), asio::use_awaitable, std::move(work));
}

}  // namespace vscard::async
