#include "async/worker.hpp"

#include "async/no_signals.hpp"
#include "protocol/stack.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vscard::async {

Worker::Worker() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Worker::post(std::move_only_function<void()> job) {
  {
    const std::scoped_lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  filled_.notify_one();
}

void Worker::run(const std::stop_token& stop) {
  take_no_signals();
  while (true) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
    if (stop.stop_requested()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    protocol::wipe_stack();
  }
}

namespace detail {

Awaitable<void> done_by(Worker& worker, std::move_only_function<void()> job) {
  auto start = [&worker](auto handler, std::move_only_function<void()> work) {
    const auto executor = asio::get_associated_executor(handler);
    worker.post([handler = std::move(handler), work = std::move(work),
                 guard = asio::make_work_guard(executor)]() mutable {
      work();
      asio::post(guard.get_executor(), std::move(handler));
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      std::move(start), asio::use_awaitable, std::move(job));
}

}  // namespace detail
}  // namespace vscard::async
