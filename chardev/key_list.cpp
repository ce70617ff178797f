#include "chardev/key_list.hpp"

#include <algorithm>

namespace vscard::chardev {
namespace {

/// Parts between single commas; a doubled one is a comma of the part.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',') {
      parts.back() += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == ',') {
      parts.back() += ',';
      ++i;
    } else {
      parts.emplace_back();
    }
  }
  return parts;
}

}  // namespace

std::optional<std::string> KeyList::last(std::string_view key) const {
  std::optional<std::string> value;
  for (const auto& [name, text] : keys) {
    if (name == key) value = text;
  }
  return value;
}

std::vector<std::string> KeyList::all(std::string_view key) const {
  std::vector<std::string> values;
  for (const auto& [name, text] : keys) {
    if (name == key) values.push_back(text);
  }
  return values;
}

std::optional<std::string> KeyList::other_than(
    std::initializer_list<std::string_view> known) const {
  for (const auto& [name, text] : keys) {
    if (std::ranges::find(known, name) == known.end()) return name;
  }
  return std::nullopt;
}

Result<KeyList> parse_key_list(std::string_view text) {
  const std::vector<std::string> parts = split(text);
  KeyList list{.head = parts.front(), .keys = {}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == 0 || equals == std::string::npos) {
      return std::unexpected("expected KEY=VALUE instead of '" + parts[i] + "' in '" +
                             std::string(text) + "' (a comma that is meant is doubled)");
    }
    list.keys.emplace_back(parts[i].substr(0, equals), parts[i].substr(equals + 1));
  }
  return list;
}

}  // namespace vscard::chardev
