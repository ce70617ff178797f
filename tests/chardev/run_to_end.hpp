#pragma once

#include "async/awaitable.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <utility>

namespace vscard::test {

/// What a coroutine gives at its end; what else is under way goes on meanwhile.
template <class T>
T run_to_end(asio::io_context& io, Awaitable<T> work) {
  auto result = asio::co_spawn(io, std::move(work), asio::use_future);
  while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    io.restart();
    io.run_one();
  }
  return result.get();
}

}  // namespace vscard::test
