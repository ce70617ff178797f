#include "async/worker.hpp"

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
  while (true) {
    std::unique_lock lock(mutex_);
    if (!filled_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
    if (stop.stop_requested()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
  }
}

}  // namespace vscard::async
