#include "async/mutex.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vscard::async {

Mutex::Mutex(const asio::any_io_executor& executor)
    : unlocked_(executor, asio::steady_timer::time_point::max()) {}

void Mutex::Unlock::operator()(Mutex* mutex) const {
  mutex->locked_ = false;
  mutex->unlocked_.cancel();
}

Awaitable<Mutex::Lock> Mutex::lock() {
  while (locked_) co_await unlocked_.async_wait(asio::as_tuple(asio::use_awaitable));
  locked_ = true;
  co_return Lock(this);
}

}  // namespace vscard::async
