#pragma once

#include "async/awaitable.hpp"
#include "protocol/time.hpp"

#include <memory>

namespace vscard::async {

/// What coroutines of one executor wait for: that something has changed. It keeps no state: a
/// notify() for which nobody waits is lost, so a waiter looks at what it waits for in a loop.
///
///     while (queue_.empty()) co_await filled_.wait();
///
/// Its end wakes the coroutines that wait, as notify() does.
class Event {
 public:
  Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  Awaitable<void> wait() { return wait_until(protocol::Time::max()); }
  Awaitable<void> wait_until(protocol::Time limit);
  Awaitable<void> wait_for(protocol::Duration limit) {
    return wait_until(protocol::Clock::now() + limit);
  }
  /// Wakes all that wait; they go on after the caller.
  void notify();

 private:
  struct Waiters;
  class Entry;
  std::shared_ptr<Waiters> waiters_;  ///< shared with them: a frame may be freed after this object
};

}  // namespace vscard::async
