#pragma once

#include <charconv>
#include <concepts>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace vscard::chardev {

/// The number that the text is; nothing where it is not one from `min` to `max`, or where there is
/// more in it, a blank or a sign for example.
template <std::integral T>
std::optional<T> parse_number(std::string_view text, std::type_identity_t<T> min,
                              std::type_identity_t<T> max, int base = 10) {
  T number{};
  const char* const begin = std::to_address(text.begin());
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, number, base);
  if (error != std::errc{} || stop != end || number < min || number > max) return std::nullopt;
  return number;
}

}  // namespace vscard::chardev
