#include "chardev/key_list.hpp"

#include <algorithm>
#include <cstdint>

using namespace vscard;

namespace {

std::string doubled(const std::string& part) {
  std::string text;
  for (const char c : part) text += c == ',' ? ",," : std::string(1, c);
  return text;
}

std::string text_of(const chardev::KeyList& list) {
  std::string text = doubled(list.head);
  for (const auto& [key, value] : list.keys) text += "," + doubled(key) + "=" + doubled(value);
  return text;
}

/// What the list answers about a key agrees with what it holds.
bool answers_for(const chardev::KeyList& list, const std::string& key) {
  const auto values = list.all(key);
  const auto has_key = [&key](const auto& pair) { return pair.first == key; };
  return std::ranges::count_if(list.keys, has_key) == std::ssize(values) && !values.empty() &&
         list.last(key) == values.back() &&
         list.other_than({key}).has_value() != std::ranges::all_of(list.keys, has_key);
}

}  // namespace

// There is one way to write a list, so what is read as one is written as the same text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto list = chardev::parse_key_list(text);
  if (!list) return list.error().text.empty() ? -1 : 0;
  if (text_of(*list) != text) __builtin_trap();
  for (const auto& [key, value] : list->keys) {
    if (key.empty() || !answers_for(*list, key)) __builtin_trap();
  }
  return 0;
}
