#include "inspect/request.hpp"

#include <cstdint>
#include <string>

using vscard::inspect::RequestDecoder;

// How many bytes come at once, then what a browser, or somebody else, sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t part = std::size_t{data[0]} + 1;
  const std::string text(data + 1, data + size);
  RequestDecoder whole;
  RequestDecoder parted;
  const auto expected = whole.feed(text);
  for (std::size_t at = 0; at < text.size(); at += part) {
    const auto request = parted.feed(std::string_view(text).substr(at, part));
    if (!request) continue;
    if (!*request) return 0;  // it may fail before a part that the other one has seen
    if ((*request)->body.size() > RequestDecoder::kMaxBody) __builtin_trap();
    if (!expected || !*expected || (*expected)->target != (*request)->target) __builtin_trap();
    return 0;
  }
  if (expected && *expected) __builtin_trap();
  return 0;
}
