#include "program/option_file.hpp"

#include "chardev/secret_input.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

namespace vscard::program {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::size_t kMaxFile = 65536;  ///< bytes: what is larger is something else

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

/// Of a line with something in it.
Result<std::string> word_of(std::string_view line, const IsOption& is_option) {
  const std::size_t equals = line.find('=');
  const std::string name = fmt::format("--{}", trimmed(line.substr(0, equals)));
  if (name == kConfigOption) return std::unexpected("a file cannot name another one");
  if (!is_option(name)) {
    return std::unexpected(fmt::format(
        "there is no option {}: a line is 'OPTION = VALUE' or 'OPTION', as in --help", name));
  }
  if (equals == std::string_view::npos) return name;
  return fmt::format("{}={}", name, trimmed(line.substr(equals + 1)));
}

/// The word at `at` names a file; `words` lose what names it.
Result<std::filesystem::path> take_file(Words& words, Words::iterator at) {
  const std::size_t equals = at->find('=');
  std::string file = equals == std::string::npos ? "" : at->substr(equals + 1);
  auto end = at + 1;
  if (equals == std::string::npos && end != words.end()) file = *end++;
  words.erase(at, end);
  if (file.empty()) return std::unexpected("--config needs a file");
  return file;
}

Words::iterator find_option(Words& words) {
  return std::ranges::find_if(words, [](const std::string& word) {
    return word == kConfigOption || word.starts_with(std::string(kConfigOption) + "=");
  });
}

}  // namespace

Result<Words> read_option_file(const std::filesystem::path& file, const IsOption& is_option) {
  const auto bytes = chardev::read_secret_file(file.string(), kMaxFile);
  if (!bytes) return std::unexpected(bytes.error());
  std::istringstream text(std::string(bytes->view().begin(), bytes->view().end()));
  Words words;
  std::size_t number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    const std::string_view content = trimmed(line);
    if (content.empty() || content.starts_with('#')) continue;
    auto word = word_of(content, is_option);
    if (!word)
      return std::unexpected(word.error().about(fmt::format("{}:{}", file.string(), number)));
    words.push_back(std::move(*word));
  }
  return words;
}

Result<Words> with_option_file(const Words& words, const IsOption& is_option) {
  Words all = words;
  const auto at = find_option(all);
  if (at == all.end()) return all;
  const auto index = at - all.begin();
  const auto file = take_file(all, at);
  if (!file) return std::unexpected(file.error());
  if (find_option(all) != all.end()) return std::unexpected("--config may stand there once");
  const auto more = read_option_file(*file, is_option);
  if (!more) return std::unexpected(more.error());
  all.insert(all.begin() + index, more->begin(), more->end());
  return all;
}

}  // namespace vscard::program
