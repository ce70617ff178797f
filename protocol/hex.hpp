#pragma once

#include "protocol/bytes.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::protocol {

/// The two lower-case digits of each byte.
inline constexpr auto kHexDigits = [] {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> digits{};
  for (std::size_t byte = 0; byte < digits.size(); ++byte) {
    digits[byte] = {kDigits[byte >> 4], kDigits[byte & 0x0f]};
  }
  return digits;
}();

/// For text of which there are thousands of APDUs a second.
inline void append_hex(std::string& text, Bytes bytes) {
  const std::size_t begin = text.size();
  text.resize(begin + bytes.size() * 2);
  char* out = text.data() + begin;
  for (const std::uint8_t byte : bytes) {
    *out++ = kHexDigits[byte][0];
    *out++ = kHexDigits[byte][1];
  }
}

inline std::string to_hex(Bytes bytes) {
  std::string text;
  append_hex(text, bytes);
  return text;
}

/// Nothing: there is something other than pairs of digits, of either case.
inline std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return bytes;
}

}  // namespace vscard::protocol
