#pragma once

#include "chardev/stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <system_error>

namespace vscard::chardev::spice {

/// Lets one write after the other through to a stream, which takes one at a time.
class Turn {
 public:
  explicit Turn(const asio::any_io_executor& executor);

  Awaitable<std::error_code> write(Stream& stream, protocol::Bytes bytes);

 private:
  bool writing_ = false;
  asio::steady_timer done_;  ///< never expires: cancelled as a signal
};

}  // namespace vscard::chardev::spice
