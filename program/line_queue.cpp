#include "program/line_queue.hpp"

#include "program/events.hpp"

#include <utility>

namespace vscard::program {

void LineQueue::push(std::string_view line) {
  if (closed_) return;
  const std::size_t counted = queued_.size() - first_size_;
  if (dropped_ > 0 || counted + line.size() + 1 > kMaxQueued) {
    ++dropped_;
    return;
  }
  queued_.append(line) += '\n';
  changed_.notify();
}

void LineQueue::close() {
  closed_ = true;
  changed_.notify();
}

Awaitable<void> LineQueue::wait_closed() {
  while (!closed_) co_await changed_.wait();
}

Awaitable<std::optional<std::string>> LineQueue::take() {
  while (queued_.empty() && dropped_ == 0 && !closed_) co_await changed_.wait();
  first_size_ = 0;
  if (!queued_.empty()) co_return std::exchange(queued_, {});
  if (dropped_ == 0) co_return std::nullopt;
  co_return dropped_event(std::exchange(dropped_, 0)).text() + "\n";
}

}  // namespace vscard::program
