#include "async/spawn.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace vscard::async {
namespace {

void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

Awaitable<void> run(Awaitable<void> work, std::move_only_function<void()> ended) {
  co_await std::move(work);
  ended();
}

}  // namespace

void spawn(const asio::any_io_executor& executor, Awaitable<void> work) {
  asio::co_spawn(executor, std::move(work), rethrow);
}

void spawn(const asio::any_io_executor& executor, Awaitable<void> work,
           std::move_only_function<void()> ended) {
  spawn(executor, run(std::move(work), std::move(ended)));
}

}  // namespace vscard::async
