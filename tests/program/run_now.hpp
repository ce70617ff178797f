#pragma once

#include "async/awaitable.hpp"
#include "async/spawn.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace vscard::test {

/// Starts the coroutine, and goes on with it as far as it can. What it gives; none while it waits.
template <class T>
std::shared_ptr<std::optional<T>> start(asio::io_context& io, Awaitable<T> work) {
  auto result = std::make_shared<std::optional<T>>();
  async::spawn(io.get_executor(), std::move(work), [result](T got) { *result = std::move(got); });
  io.restart();
  io.poll();
  return result;
}

/// What a coroutine gives that waits for nothing but what is ready; none: it still waits.
template <class T>
std::optional<T> run_now(asio::io_context& io, Awaitable<T> work) {
  return std::move(*start(io, std::move(work)));
}

}  // namespace vscard::test
