#include "chardev/spice/turn.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vscard::chardev::spice {

Turn::Turn(const asio::any_io_executor& executor)
    : given_back_(executor, asio::steady_timer::time_point::max()) {}

void Turn::GiveBack::operator()(Turn* turn) const {
  turn->taken_ = false;
  turn->given_back_.cancel();
}

Awaitable<Turn::Held> Turn::take() {
  while (taken_) co_await given_back_.async_wait(asio::as_tuple(asio::use_awaitable));
  taken_ = true;
  co_return Held(this);
}

}  // namespace vscard::chardev::spice
