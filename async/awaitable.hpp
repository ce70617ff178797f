#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace vscard::async {

namespace asio = boost::asio;

template <class T>
using Awaitable = asio::awaitable<T>;

}  // namespace vscard::async

namespace vscard {

namespace asio = boost::asio;
using async::Awaitable;

}  // namespace vscard
