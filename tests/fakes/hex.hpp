#pragma once

#include "protocol/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::fakes {

/// "00 a4 04" or "00a404" as bytes; blanks are skipped.
inline std::vector<std::uint8_t> from_hex(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  std::string digits;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    digits += c;
    if (digits.size() == 2) {
      bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return bytes;
}

inline std::string to_hex(protocol::Bytes bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

/// 00 01 02 ... ff 00 ...
inline std::vector<std::uint8_t> counting(std::size_t size) {
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<std::uint8_t>(bytes.size()));
  return bytes;
}

/// A copy on the heap of exactly its size, so that ASan sees a read one byte beyond it.
class ExactBytes {
 public:
  explicit ExactBytes(protocol::Bytes bytes)
      : data_(std::make_unique<std::uint8_t[]>(bytes.size())), size_(bytes.size()) {
    std::ranges::copy(bytes, data_.get());
  }
  operator protocol::Bytes() const { return {data_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_;
};

}  // namespace vscard::fakes
