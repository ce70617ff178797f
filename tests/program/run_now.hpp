#pragma once

#include "async/awaitable.hpp"
#include "async/spawn.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace vscard::test {

/// What a coroutine gives that waits for nothing but what is ready; none: it still waits.
template <class T>
std::optional<T> run_now(asio::io_context& io, Awaitable<T> work) {
  const auto result = std::make_shared<std::optional<T>>();  // outlives this if it still waits
  async::spawn(io.get_executor(), std::move(work), [result](T got) { *result = std::move(got); });
  io.restart();
  io.poll();
  return std::move(*result);
}

}  // namespace vscard::test
