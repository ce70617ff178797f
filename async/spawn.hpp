#pragma once

#include "async/awaitable.hpp"

#include <functional>
#include <type_traits>
#include <utility>

namespace vscard::async {

/// Starts the coroutine on the executor. An exception that leaves it leaves the executor's run().
void spawn(const asio::any_io_executor& executor, Awaitable<void> work);
/// The same; `ended` is called when the coroutine has ended, not when it threw.
void spawn(const asio::any_io_executor& executor, Awaitable<void> work,
           std::move_only_function<void()> ended);

namespace detail {

template <class T>
Awaitable<void> hand_over(Awaitable<T> work, std::move_only_function<void(T)> ended) {
  ended(co_await std::move(work));
}

}  // namespace detail

/// The same; `ended` is given the result.
template <class T>
  requires(!std::is_void_v<T>)
void spawn(const asio::any_io_executor& executor, Awaitable<T> work,
           std::type_identity_t<std::move_only_function<void(T)>> ended) {
  spawn(executor, detail::hand_over(std::move(work), std::move(ended)));
}

}  // namespace vscard::async
