#include "inspect/narrator.hpp"

#include "protocol/bytes.hpp"

using namespace vscard;
using What = program::TappedApdu::What;

// Messages: what it is, its size, then its bytes, which also are its card's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteReader in({data, size});
  inspect::Narrator narrator;
  while (in.remaining() > 2) {
    inspect::SeenApdu seen{
        .time = {}, .about = "card", .name = {}, .by = {}, .what = What::NoAnswer, .message = {}};
    seen.what = static_cast<What>(in.u8() % 3);
    const auto bytes = in.bytes(in.u8());
    seen.name.assign(bytes.begin(), bytes.end());
    seen.message.bytes.assign(bytes.begin(), bytes.end());
    seen.message.blank_size = bytes.size() / 2;
    const std::string line = narrator.line(seen);
    if (!line.starts_with('{') || !line.ends_with('}')) __builtin_trap();
    if (line.find_first_of("\n\r") != std::string::npos) __builtin_trap();
  }
  return 0;
}
