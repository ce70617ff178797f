#include "async/deadline_loop.hpp"

#include <utility>

namespace vscard::async {

using protocol::Clock;
using protocol::Time;

DeadlineLoop::DeadlineLoop(Next next, std::function<void()> expire)
    : next_(std::move(next)), expire_(std::move(expire)) {}

Awaitable<void> DeadlineLoop::run() {
  stopped_ = false;
  while (!stopped_) {
    waits_until_ = next_().value_or(Time::max());
    co_await changed_.wait_until(waits_until_);
    const auto due = next_();
    if (!stopped_ && due && Clock::now() >= *due) expire_();
  }
}

void DeadlineLoop::wake() {
  const auto next = next_();
  if (next && *next < waits_until_) changed_.notify();
}

void DeadlineLoop::stop() {
  stopped_ = true;
  changed_.notify();
}

}  // namespace vscard::async
