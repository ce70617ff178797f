#pragma once

#include "async/awaitable.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace vscard::async {

/// Lets one coroutine after the other in, for example to a stream, which takes one write at a time.
class Mutex {
 public:
  explicit Mutex(const asio::any_io_executor& executor);

  struct Unlock {
    void operator()(Mutex* mutex) const;
  };
  /// Holds the mutex until it is dropped.
  using Lock = std::unique_ptr<Mutex, Unlock>;

  Awaitable<Lock> lock();

 private:
  bool locked_ = false;
  asio::steady_timer unlocked_;  ///< never expires: cancelled as a signal
};

}  // namespace vscard::async
