// A conversation, its messages by turns a command and a response: what is shown is as long as what
// was there, and no more of it than is allowed to be.

#include "protocol/iso7816/blanking.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>

using namespace vscard::protocol;

namespace {

void check(const iso7816::BlankedApdu& kept, Bytes bytes) {
  if (kept.bytes.size() != bytes.size()) __builtin_trap();
  if (kept.blank_begin + kept.blank_size > bytes.size()) __builtin_trap();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool blank = i >= kept.blank_begin && i < kept.blank_begin + kept.blank_size;
    if (kept.bytes[i] != (blank ? 0 : bytes[i])) __builtin_trap();
  }
}

bool gives_a_pin(Bytes command) {
  return command.size() > iso7816::kApduHeader &&
         (command[1] == 0x20 || command[1] == 0x24 || command[1] == 0x2c || command[1] == 0xd8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  iso7816::Blanking blanking;
  ByteReader in(Bytes(data, size));
  for (bool command = true; in.remaining() > 0; command = !command) {
    const std::size_t length = in.u8();
    const Bytes bytes = in.bytes(std::min(length, in.remaining()));
    const auto kept = command ? blanking.command(bytes) : blanking.response(bytes);
    check(kept, bytes);
    if (command && gives_a_pin(bytes) && kept.blank_begin + kept.blank_size != bytes.size())
      __builtin_trap();
    if (command && gives_a_pin(bytes) && kept.blank_begin != iso7816::kApduHeader) __builtin_trap();
  }
  return 0;
}
