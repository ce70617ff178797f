#include "program/json.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace vscard::program {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  ///< U+FFFD in UTF-8

/// What may follow the first byte of a character of UTF-8 (Unicode 15.0, table 3-7).
struct Lead {
  unsigned first;
  unsigned last;
  std::size_t size;  ///< bytes of the character
  unsigned low;      ///< of the second byte; all later ones are 80 to BF
  unsigned high;
};
constexpr std::array<Lead, 9> kLeads{{{0x00, 0x7f, 1, 0, 0},
                                      {0xc2, 0xdf, 2, 0x80, 0xbf},
                                      {0xe0, 0xe0, 3, 0xa0, 0xbf},
                                      {0xe1, 0xec, 3, 0x80, 0xbf},
                                      {0xed, 0xed, 3, 0x80, 0x9f},  // no surrogates
                                      {0xee, 0xef, 3, 0x80, 0xbf},
                                      {0xf0, 0xf0, 4, 0x90, 0xbf},
                                      {0xf1, 0xf3, 4, 0x80, 0xbf},
                                      {0xf4, 0xf4, 4, 0x80, 0x8f}}};

bool is_within(char c, unsigned low, unsigned high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

/// How many bytes the character at the front of `text` has; 0 if there is none of UTF-8.
std::size_t character_size(std::string_view text) {
  for (const Lead& lead : kLeads) {
    if (!is_within(text.front(), lead.first, lead.last)) continue;
    if (text.size() < lead.size) return 0;
    if (lead.size > 1 && !is_within(text[1], lead.low, lead.high)) return 0;
    for (std::size_t i = 2; i < lead.size; ++i) {
      if (!is_within(text[i], 0x80, 0xbf)) return 0;
    }
    return lead.size;
  }
  return 0;
}

/// RFC 8259 §7.
void append_escaped(std::string& out, std::string_view character) {
  constexpr std::string_view kEscaped = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  const std::size_t known = kEscaped.find(character.front());
  if (known != std::string_view::npos) {
    out += '\\';
    out += kLetters[known];
  } else if (static_cast<unsigned char>(character.front()) < 0x20) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned char>(character.front()));
  } else {
    out += character;
  }
}

}  // namespace

Json::Json(std::string_view text) {
  text_.reserve(text.size() + 2);
  text_ = '"';
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    append_escaped(text_, size == 0 ? kReplacement : text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
  text_ += '"';
}

Json Json::object(std::span<const Member> members) {
  Json object;
  for (const auto& [name, value] : members) {
    object.text_ += object.text_.empty() ? "{" : ",";
    object.text_ += Json(name).text_ + ":" + value.text_;
  }
  object.text_ += members.empty() ? "{}" : "}";
  return object;
}

Json Json::array(const std::vector<Json>& values) {
  Json array;
  for (const Json& value : values) {
    array.text_ += array.text_.empty() ? "[" : ",";
    array.text_ += value.text_;
  }
  array.text_ += values.empty() ? "[]" : "]";
  return array;
}

Json Json::seconds(std::uint64_t microseconds) {
  Json seconds;
  seconds.text_ = fmt::format("{}.{:06}", microseconds / 1'000'000, microseconds % 1'000'000);
  return seconds;
}

Json Json::seconds(std::optional<protocol::Duration> duration) {
  if (!duration) return nullptr;
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(*duration).count();
  return seconds(static_cast<std::uint64_t>(std::max<std::int64_t>(micros, 0)));
}

}  // namespace vscard::program
