#include "program/words.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vscard::program {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kEscaped = "'\\\n\r\t";
constexpr std::string_view kLetters = "'\\nrt";  ///< in the same order
constexpr std::string_view kDigits = "0123456789abcdef";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// A cursor over a line, whose methods take what they are named after off its front.
class LineParser {
 public:
  explicit LineParser(std::string_view line) : rest_(line) {}

  Result<Words> words() {
    Words words;
    while (skip_blanks()) {
      auto next = word();
      if (!next) return std::unexpected(next.error());
      words.push_back(std::move(*next));
    }
    return words;
  }

 private:
  bool skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
    return !rest_.empty();
  }

  Result<std::string> word() {
    std::string word;
    while (!rest_.empty() && !is_blank(rest_.front())) {
      Result<std::string> part = std::string(1, rest_.front());
      if (take("$'")) {
        part = escaped();
      } else if (take("'")) {
        part = literal();
      } else {
        rest_.remove_prefix(1);
      }
      if (!part) return part;
      word += *part;
    }
    return word;
  }

  bool take(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }

  /// After '
  Result<std::string> literal() {
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) return not_closed();
    const std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }

  /// After $'
  Result<std::string> escaped() {
    std::string text;
    while (!take("'")) {
      if (rest_.empty()) return not_closed();
      if (take("\\")) {
        const auto byte = escape();
        if (!byte) return std::unexpected(byte.error());
        text += *byte;
      } else {
        text += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    return text;
  }

  /// After a backslash.
  Result<char> escape() {
    if (rest_.empty()) return not_closed();
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    if (letter == 'x') return hex_byte();
    const std::size_t known = kLetters.find(letter);
    if (known != std::string_view::npos) return kEscaped[known];
    return std::unexpected(R"(after \ in $'…' one of these must follow: ' \ n r t xHH)");
  }

  Result<char> hex_byte() {
    const std::size_t high = rest_.empty() ? std::string_view::npos : kDigits.find(rest_[0]);
    const std::size_t low = rest_.size() < 2 ? std::string_view::npos : kDigits.find(rest_[1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return std::unexpected(R"(after \x in $'…' two digits of 0123456789abcdef must follow)");
    }
    rest_.remove_prefix(2);
    return static_cast<char>(16 * high + low);
  }

  static std::unexpected<Failure> not_closed() {
    return std::unexpected<Failure>(R"(a quote is not closed; write an apostrophe as $'\'')");
  }

  std::string_view rest_;
};

std::string escape(char c) {
  const std::size_t known = kEscaped.find(c);
  if (known != std::string_view::npos) return std::string("\\") + kLetters[known];
  if (!is_control(c)) return {c};
  const auto byte = static_cast<unsigned char>(c);
  return std::string("\\x") + kDigits[byte / 16] + kDigits[byte % 16];
}

std::string quoted(const std::string& word) {
  if (std::ranges::any_of(word, [](char c) { return c == '\'' || is_control(c); })) {
    std::string text = "$'";
    for (const char c : word) text += escape(c);
    return text + "'";
  }
  const bool plain = !word.empty() && std::ranges::none_of(word, is_blank);
  return plain ? word : "'" + word + "'";
}

}  // namespace

Result<Words> split_words(std::string_view line) { return LineParser(line).words(); }

std::string join_words(const Words& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + quoted(word);
  return line;
}

}  // namespace vscard::program
