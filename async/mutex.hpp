#pragma once

#include "async/event.hpp"

#include <memory>

namespace vscard::async {

/// Lets coroutines in one after the other, for example to write to a stream.
class Mutex {
 public:
  struct Unlock {
    void operator()(Mutex* mutex) const;
  };
  /// Holds the mutex until it is dropped.
  using Lock = std::unique_ptr<Mutex, Unlock>;

  Awaitable<Lock> lock();
  /// Does anybody hold it?
  bool locked() const { return locked_; }

 private:
  bool locked_ = false;
  Event unlocked_;
};

}  // namespace vscard::async
