#pragma once

#include "protocol/failure.hpp"

#include <functional>
#include <sys/types.h>
#include <utility>

namespace vscard::pcsc_bridge::run {

/// Calls a function when this object is gone, or when this process is, however that ends: a process
/// of its own waits for that.
class Keeper {
 public:
  /// `last` is called in the other process, which keeps the descriptor `held` open until then, and
  /// no other one. The error is a line for the user.
  static Result<Keeper> start(std::function<void()> last, int held = kNone);
  Keeper(Keeper&& other) noexcept
      : last_(std::move(other.last_)),
        process_(std::exchange(other.process_, kNone)),
        pipe_(std::exchange(other.pipe_, kNone)) {}
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  Keeper& operator=(Keeper&&) = delete;
  ~Keeper();  ///< waits until `last` has returned

 private:
  static constexpr int kNone = -1;
  Keeper(std::function<void()> last, pid_t process, int pipe)
      : last_(std::move(last)), process_(process), pipe_(pipe) {}

  std::function<void()> last_;
  pid_t process_;  ///< kNone: it could not be started
  int pipe_;       ///< its end is what the other process waits for; kNone: moved from
};

}  // namespace vscard::pcsc_bridge::run
