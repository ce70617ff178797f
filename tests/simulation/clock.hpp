#pragma once

#include "protocol/time.hpp"

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace vscard::tests::simulation {

using protocol::Duration;
using protocol::Time;

/// What has a deadline that changes with whatever happens.
class Timed {
 public:
  Timed() = default;
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  virtual ~Timed() = default;

  virtual std::optional<Time> deadline() const = 0;
  virtual void expire() = 0;
};

/// Time that does not pass: it jumps to what happens next.
class Clock {
 public:
  using Event = std::move_only_function<void()>;

  Time now() const { return now_; }
  /// Events of one moment happen in the order in which they were given.
  void after(Duration wait, Event event) { events_.emplace(now_ + wait, std::move(event)); }
  /// `timed` outlives the clock's last step.
  void keep(Timed& timed) { timed_.push_back(&timed); }

  /// Does what happens next. False: nothing does until `limit`, and now it is `limit`.
  bool step(Time limit);
  std::size_t waiting() const { return events_.size(); }
  /// Nothing will happen unless somebody does something.
  bool still() const { return events_.empty() && most_urgent() == nullptr; }

 private:
  Timed* most_urgent() const;

  Time now_{std::chrono::hours(1)};
  std::multimap<Time, Event> events_;
  std::vector<Timed*> timed_;
};

}  // namespace vscard::tests::simulation
