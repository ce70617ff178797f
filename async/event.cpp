#include "async/event.hpp"

#include "async/error_as_value.hpp"

#include <boost/asio/steady_timer.hpp>

#include <utility>
#include <vector>

namespace vscard::async {

struct Event::Waiters {
  std::vector<asio::steady_timer*> timers;
};

/// A waiter's place among the others.
class Event::Entry {
 public:
  Entry(std::shared_ptr<Waiters> waiters, asio::steady_timer& timer)
      : waiters_(std::move(waiters)), timer_(timer) {
    waiters_->timers.push_back(&timer_);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() { std::erase(waiters_->timers, &timer_); }

 private:
  std::shared_ptr<Waiters> waiters_;
  asio::steady_timer& timer_;
};

Event::Event() : waiters_(std::make_shared<Waiters>()) {}
Event::~Event() { notify(); }

Awaitable<void> Event::wait_until(protocol::Time limit) {
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  const Entry entry(waiters_, timer);
  co_await timer.async_wait(kErrorAsValue);
}

void Event::notify() {
  for (asio::steady_timer* timer : waiters_->timers) timer->cancel();
}

}  // namespace vscard::async
