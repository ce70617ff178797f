#pragma once

#include "protocol/time.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::program {

/// A JSON value that a program prints, as compact text without a newline in it. Values are made
/// from the inside out and cannot be taken apart: this writes, and nothing here reads. It exists
/// because the compiler needs ten seconds more for each file that includes a whole JSON library.
class Json {
 public:
  // Implicit: these are what a value is made of.
  // NOLINTBEGIN(google-explicit-constructor)
  Json(std::nullptr_t) : text_("null") {}
  Json(std::same_as<bool> auto value) : text_(value ? "true" : "false") {}
  Json(std::integral auto number)
    requires(!std::same_as<decltype(number), bool>)
      : text_(std::to_string(number)) {}
  /// Any bytes: what is not UTF-8 becomes U+FFFD.
  Json(std::string_view text);
  Json(const std::string& text) : Json(std::string_view(text)) {}
  Json(const char* text) : Json(std::string_view(text)) {}
  /// null without a value.
  template <class T>
  Json(const std::optional<T>& value) : Json(value ? Json(*value) : Json(nullptr)) {}
  // NOLINTEND(google-explicit-constructor)

  using Member = std::pair<std::string_view, Json>;
  /// The members in this order; their names differ.
  static Json object(std::span<const Member> members);
  static Json object(std::initializer_list<Member> members) {
    return object(std::span(members.begin(), members.size()));
  }
  static Json array(const std::vector<Json>& values);
  /// Seconds with six decimals.
  static Json seconds(std::uint64_t microseconds);
  /// null without a value.
  static Json seconds(std::optional<protocol::Duration> duration);

  const std::string& text() const { return text_; }

 private:
  Json() = default;
  std::string text_;
};

}  // namespace vscard::program
