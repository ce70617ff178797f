#include "tests/simulation/clock.hpp"

#include <algorithm>
#include <utility>

namespace vscard::tests::simulation {

bool Clock::step(Time limit) {
  Timed* const timed = most_urgent();
  const Time due = timed != nullptr ? *timed->deadline() : Time::max();
  const Time next = events_.empty() ? Time::max() : events_.begin()->first;
  if (std::min(due, next) > limit) {
    now_ = limit;
    return false;
  }
  now_ = std::max(now_, std::min(due, next));  // a deadline may have passed already
  if (due <= next) {
    timed->expire();
  } else {
    Event event = std::move(events_.extract(events_.begin()).mapped());
    event();
  }
  return true;
}

Timed* Clock::most_urgent() const {
  Timed* first = nullptr;
  std::optional<Time> earliest;
  for (Timed* timed : timed_) {
    const auto deadline = timed->deadline();
    if (!deadline || (earliest && *deadline >= *earliest)) continue;
    earliest = deadline;
    first = timed;
  }
  return first;
}

}  // namespace vscard::tests::simulation
