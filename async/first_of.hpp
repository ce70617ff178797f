#pragma once

#include "async/awaitable.hpp"

#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace vscard::async {

namespace detail {

enum class Until { FirstEnds, AllEnd };

/// Runs coroutines side by side until the first has ended, or all have, or one has thrown. Then the
/// others are cancelled, and it also waits until they have ended. Gives the place of the one that
/// ended first. Throws what made it end early, or what one threw later, unless that is the
/// cancellation.
Awaitable<std::size_t> run_together(std::vector<Awaitable<void>> works, Until until);

template <class T>
Awaitable<void> keep(Awaitable<T> work, std::optional<T>& result) {
  result.emplace(co_await std::move(work));
}

template <class T>
std::vector<Awaitable<void>> keep_all(std::vector<Awaitable<T>> works,
                                      std::vector<std::optional<T>>& results) {
  results.resize(works.size());
  std::vector<Awaitable<void>> keeping;
  for (std::size_t i = 0; i < works.size(); ++i) {
    keeping.push_back(keep(std::move(works[i]), results[i]));
  }
  return keeping;
}

template <class T>
Awaitable<T> first_result(std::vector<Awaitable<T>> works) {
  std::vector<std::optional<T>> results;
  const std::size_t first =
      co_await run_together(keep_all(std::move(works), results), Until::FirstEnds);
  co_return std::move(*results[first]);
}

template <class T>
Awaitable<std::vector<T>> all_results(std::vector<Awaitable<T>> works) {
  std::vector<std::optional<T>> kept;
  co_await run_together(keep_all(std::move(works), kept), Until::AllEnd);
  std::vector<T> results;
  for (auto& result : kept) results.push_back(std::move(*result));
  co_return results;
}

template <class First, class... Others>
std::vector<First> gather(First first, Others... others) {
  std::vector<First> works;
  works.reserve(1 + sizeof...(others));
  works.push_back(std::move(first));
  (works.push_back(std::move(others)), ...);
  return works;
}

Awaitable<void> first_end(std::vector<Awaitable<void>> works);
Awaitable<void> all_ends(std::vector<Awaitable<void>> works);

}  // namespace detail

/// Runs coroutines side by side and gives the result of the one that ends first. The others are
/// cancelled, and have ended when this returns: so they may use what is the caller's. What a
/// cancelled one gives or throws is dropped.
template <class T, std::same_as<Awaitable<T>>... Others>
Awaitable<T> first_of(Awaitable<T> first, Others... others) {
  auto works = detail::gather(std::move(first), std::move(others)...);
  if constexpr (std::is_void_v<T>) {
    return detail::first_end(std::move(works));
  } else {
    return detail::first_result(std::move(works));
  }
}

/// The results of all, in their order. When one throws, the others are cancelled.
template <class T, std::same_as<Awaitable<T>>... Others>
auto all_of(Awaitable<T> first, Others... others) {
  auto works = detail::gather(std::move(first), std::move(others)...);
  if constexpr (std::is_void_v<T>) {
    return detail::all_ends(std::move(works));
  } else {
    return detail::all_results(std::move(works));
  }
}

/// The result of `work`; nothing when `limit` has ended first.
template <class T>
Awaitable<std::optional<T>> cut_short(Awaitable<T> work, Awaitable<void> limit) {
  std::optional<T> result;
  auto works = detail::gather(detail::keep(std::move(work), result), std::move(limit));
  const std::size_t first =
      co_await detail::run_together(std::move(works), detail::Until::FirstEnds);
  if (first != 0) co_return std::nullopt;
  co_return result;
}

}  // namespace vscard::async
