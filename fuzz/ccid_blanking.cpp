// Messages by turns of a guest and of a reader: what is shown has the same length and header, each
// byte is the message's or zero, and a PIN is not shown.

#include "ccid-passthru/ccid/blanking.hpp"

#include <algorithm>

using namespace vscard::protocol;
using namespace vscard::ccid_passthru;

namespace {

void check(const ccid::BlankedMessage& kept, Bytes message) {
  if (kept.bytes.size() != message.size()) __builtin_trap();
  for (std::size_t i = 0; i < message.size(); ++i) {
    const bool blank = kept.blanked && i >= ccid::kHeaderSize && kept.bytes[i] == 0;
    if (!blank && kept.bytes[i] != message[i]) __builtin_trap();
  }
}

bool is_verify(Bytes message) {
  return message.size() > ccid::kHeaderSize + 4 && message[0] == 0x6f &&
         message[ccid::kHeaderSize + 1] == 0x20;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ccid::MessageBlanking blanking;
  ByteReader in(Bytes(data, size));
  while (in.remaining() > 0) {
    const bool command = (in.u8() & 1) == 0;
    const Bytes message = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
    const auto kept = command ? blanking.command(message) : blanking.reply(message);
    check(kept, message);
    if (!command || !is_verify(message)) continue;
    const Bytes rest = Bytes(kept.bytes).subspan(ccid::kHeaderSize + 4);
    if (std::ranges::any_of(rest, [](std::uint8_t byte) { return byte != 0; })) __builtin_trap();
  }
  return 0;
}
