#include "cards/card_completion.hpp"

#include "cards/kinds.hpp"
#include "chardev/key_list.hpp"

#include <algorithm>
#include <array>

namespace vscard::cards {
namespace {

using program::Words;

Words kinds_and_colons() {
  Words words;
  for (const Kind* kind : kinds()) {
    const std::string begun = std::string(kind->name) + ":";
    if (!kind->lacks.empty() || std::ranges::find(words, begun) != words.end()) continue;
    if (kind->syntax != Kind::Syntax::Verbatim) words.emplace_back(kind->name);
    words.push_back(begun);
  }
  return words;
}

/// A literal comma is doubled.
std::string escaped(const std::string& value) {
  std::string text;
  for (const char c : value) text += c == ',' ? ",," : std::string(1, c);
  return text;
}

/// Of all kinds with this name.
Words keys_of(std::string_view name, const std::string& before) {
  Words words{before + "name="};
  for (const Kind* kind : kinds()) {
    if (kind->name != name) continue;
    for (const std::string_view key : kind->keys) {
      words.push_back(std::string(before).append(key).append("="));
    }
  }
  for (const std::string_view key : kExtraKeys) {
    words.push_back(std::string(before).append(key).append("="));
  }
  return words;
}

bool is_path(const std::string& key) {
  constexpr std::array<std::string_view, 7> kPaths{"db",  "p12",           "pem",   "key",
                                                   "dir", "password-file", "record"};
  return std::ranges::find(kPaths, key) != kPaths.end();
}

/// `before` ends with "KEY=".
Words values_of(const std::string& before, const std::string& key, const std::string& value,
                const CompleteValue& libraries) {
  if (is_path(key)) return program::complete_path(before, value);
  Words values{};
  if (key == "share") {
    values = {"shared", "exclusive"};
  } else if (key == "match") {
    values = {"order", "any"};
  } else if (key == "as") {
    values = {"piv", "cac"};
  } else if (libraries) {
    const auto list = chardev::parse_key_list("," + before.substr(before.find(':') + 1));
    values = libraries(key, list ? list->last("db").value_or("") : "");
  }
  for (std::string& word : values) word = escaped(word).insert(0, before);
  return values;
}

}  // namespace

program::Words complete_card(const std::string& begun, const CompleteValue& libraries) {
  const std::size_t colon = begun.find(':');
  if (colon == std::string::npos) return kinds_and_colons();
  const auto kind = std::ranges::find(kinds(), begun.substr(0, colon), &Kind::name);
  if (kind == kinds().end()) return {};
  const Kind::Syntax syntax = (*kind)->syntax;
  if (syntax == Kind::Syntax::File && begun.find(',') == std::string::npos) {
    return program::complete_path(begun.substr(0, colon + 1), begun.substr(colon + 1));
  }
  if (syntax != Kind::Syntax::Keys && syntax != Kind::Syntax::File) return {};
  const std::size_t key = begun.find_last_of(":,") + 1;
  const std::size_t equals = begun.find('=', key);
  if (equals == std::string::npos) return keys_of((*kind)->name, begun.substr(0, key));
  return values_of(begun.substr(0, equals + 1), begun.substr(key, equals - key),
                   begun.substr(equals + 1), libraries);
}

}  // namespace vscard::cards
