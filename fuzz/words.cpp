#include "program/words.hpp"

#include <algorithm>
#include <cstdint>
#include <sstream>

using namespace vscard;
using program::Words;

namespace {

/// Words arrive as they were sent, in one line without a control character.
void check_sent(const Words& words) {
  const std::string line = program::join_words(words);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(line, control)) __builtin_trap();
  if (program::split_words(line) != words) __builtin_trap();
}

/// The same bytes as words, each of which a zero byte ends.
Words words_of(const std::string& text) {
  Words words;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  return words;
}

/// No quote: then blanks alone split.
bool is_plain(const std::string& line) { return line.find('\'') == std::string::npos; }

Words split_at_blanks(std::string line) {
  std::ranges::replace_if(line, [](char c) { return c == '\t' || c == '\r'; }, ' ');
  Words words;
  std::istringstream in(line);
  for (std::string word; std::getline(in, word, ' ');) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto words = program::split_words(text);
  if (words) check_sent(*words);
  if (is_plain(text) && words != split_at_blanks(text)) __builtin_trap();
  check_sent(words_of(text));
  return 0;
}
