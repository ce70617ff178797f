#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace vscard::async {

/// For an operation of Asio's own: the coroutine that awaits it gets the error beside the result,
/// in place of an exception. Each use costs seconds of compile time, so it has its place in the few
/// files that touch sockets and timers.
inline constexpr auto kErrorAsValue = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace vscard::async
