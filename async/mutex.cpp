#include "async/mutex.hpp"

namespace vscard::async {

void Mutex::Unlock::operator()(Mutex* mutex) const {
  mutex->locked_ = false;
  mutex->unlocked_.notify();
}

Awaitable<Mutex::Lock> Mutex::lock() {
  while (locked_) co_await unlocked_.wait();
  locked_ = true;
  co_return Lock(this);
}

}  // namespace vscard::async
