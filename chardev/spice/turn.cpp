#include "chardev/spice/turn.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vscard::chardev::spice {

Turn::Turn(const asio::any_io_executor& executor)
    : done_(executor, asio::steady_timer::time_point::max()) {}

Awaitable<std::error_code> Turn::write(Stream& stream, protocol::Bytes bytes) {
  while (writing_) co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
  writing_ = true;
  const std::error_code error = co_await stream.write(bytes);
  writing_ = false;
  done_.cancel();
  co_return error;
}

}  // namespace vscard::chardev::spice
