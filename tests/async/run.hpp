#pragma once

#include "async/spawn.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>
#include <utility>

namespace vscard::async::test {

/// Runs a coroutine and all that it started to the end.
inline void run(asio::io_context& io, Awaitable<void> work) {
  spawn(io.get_executor(), std::move(work));
  io.restart();
  io.run();
}

/// The same, and gives the result. Precondition: there is one.
template <class T>
T run(asio::io_context& io, Awaitable<T> work) {
  std::optional<T> result;
  spawn(io.get_executor(), std::move(work), [&result](T value) { result = std::move(value); });
  io.restart();
  io.run();
  return std::move(result).value();
}

}  // namespace vscard::async::test
