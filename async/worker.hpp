#pragma once

#include "async/awaitable.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace vscard::async {

/// A thread for a C API that blocks, which gets no signals: runs one job after the other. Its end
/// waits for the job that is under way, and drops the others.
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

namespace detail {

/// Until the worker has done the job. What the job refers to may be the awaiting coroutine's own:
/// the job holds its frame.
Awaitable<void> done_by(Worker& worker, std::move_only_function<void()> job);

}  // namespace detail

/// What `work` gives, done on the worker's thread; the coroutine goes on on its own executor.
template <class Result>
Awaitable<Result> on_worker(Worker& worker, std::move_only_function<Result()> work) {
  std::optional<Result> result;
  std::move_only_function<void()> job = [&result, &work] { result.emplace(work()); };
  co_await detail::done_by(worker, std::move(job));
  co_return std::move(*result);
}

}  // namespace vscard::async
