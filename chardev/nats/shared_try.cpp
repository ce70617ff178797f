#include "chardev/nats/shared_try.hpp"

#include <memory>
#include <utility>

namespace vscard::chardev::nats {

Awaitable<Result<>> SharedTry::run(Work work) {
  if (running_) {
    while (running_) co_await ended_.wait();
    co_return result_;
  }
  running_ = true;
  result_ = std::unexpected("cancelled");
  const std::unique_ptr<SharedTry, End> running(this);
  auto working = work();
  result_ = co_await std::move(working);
  co_return result_;
}

void SharedTry::End::operator()(SharedTry* self) const {
  self->running_ = false;
  self->ended_.notify();
}

}  // namespace vscard::chardev::nats
