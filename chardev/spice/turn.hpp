#pragma once

#include "chardev/asio.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace vscard::chardev::spice {

/// Lets one coroutine after the other write to a stream, which takes one write at a time.
class Turn {
 public:
  explicit Turn(const asio::any_io_executor& executor);

  struct GiveBack {
    void operator()(Turn* turn) const;
  };
  /// The turn, until it is dropped.
  using Held = std::unique_ptr<Turn, GiveBack>;

  Awaitable<Held> take();

 private:
  bool taken_ = false;
  asio::steady_timer given_back_;  ///< never expires: cancelled as a signal
};

}  // namespace vscard::chardev::spice
