#pragma once

#include "async/event.hpp"

#include <functional>
#include <optional>

namespace vscard::async {

/// Tells a state machine, which has no clock, that the time it waits for has come.
class DeadlineLoop {
 public:
  /// When `expire` is to be called; nothing: not until wake().
  using Next = std::function<std::optional<protocol::Time>()>;

  DeadlineLoop(Next next, std::function<void()> expire);

  /// Until stop(). `next` is asked again after each expire().
  Awaitable<void> run();
  /// What `next` gives may have become earlier. Costs little when it has not.
  void wake();
  /// run() returns, without a further expire().
  void stop();

 private:
  Next next_;
  std::function<void()> expire_;
  Event changed_;
  protocol::Time waits_until_ = protocol::Time::max();
  bool stopped_ = false;  ///< since the last run()
};

}  // namespace vscard::async
