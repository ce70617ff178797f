#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace vscard::protocol {

/// Why something could not be done, as a line for the user: what failed, with what, and what to do
/// about it. Without the program's name and without a newline.
struct Failure {
  // Implicit: a line is all there is to a failure.
  Failure(std::string line) : text(std::move(line)) {}  // NOLINT(google-explicit-constructor)
  Failure(const char* line) : text(line) {}             // NOLINT(google-explicit-constructor)

  /// The same behind the name of what it is about: "FILE: cannot be read".
  Failure about(std::string_view subject) const { return std::string(subject) + ": " + text; }

  std::string text;

  bool operator==(const Failure&) const = default;
};

template <class T = void>
using Result = std::expected<T, Failure>;

}  // namespace vscard::protocol

namespace vscard {

using protocol::Failure;
using protocol::Result;

}  // namespace vscard
