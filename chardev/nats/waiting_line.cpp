#include "chardev/nats/waiting_line.hpp"

#include "chardev/nats/message.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::nats {

bool WaitingLine::put(Waiter waiter) {
  if (heard(waiter.subject, waiter.heard)) return true;
  if (waiters_.size() >= kMaxWaiters) return false;
  const auto behind = std::ranges::upper_bound(waiters_, waiter.since, {}, &Waiter::since);
  waiters_.insert(behind, std::move(waiter));
  return true;
}

bool WaitingLine::heard(const std::string& subject, protocol::Time now) {
  const auto known = std::ranges::find(waiters_, subject, &Waiter::subject);
  if (known == waiters_.end()) return false;
  known->heard = now;
  return true;
}

void WaitingLine::leave(const std::string& subject) {
  std::erase_if(waiters_, [&](const Waiter& waiter) { return waiter.subject == subject; });
}

void WaitingLine::forget_silent(protocol::Time now) {
  std::erase_if(waiters_, [&](const Waiter& waiter) { return now - waiter.heard >= kForgotten; });
}

void WaitingLine::excuse_silence(protocol::Time now) {
  for (Waiter& waiter : waiters_) waiter.heard = now;
}

std::size_t WaitingLine::place_of(const std::string& subject) const {
  const auto found = std::ranges::find(waiters_, subject, &Waiter::subject);
  return found == waiters_.end() ? 0 : static_cast<std::size_t>(found - waiters_.begin()) + 1;
}

}  // namespace vscard::chardev::nats
