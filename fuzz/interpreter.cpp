#include "protocol/iso7816/names/interpreter.hpp"

#include "protocol/bytes.hpp"
#include "protocol/iso7816/names/status.hpp"

using namespace vscard::protocol;

// A conversation: sizes of a command and its response, then their bytes, until there are no more.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  iso7816::names::Interpreter interpreter;
  while (in.remaining() > 2) {
    const std::size_t command = in.u8();
    const std::size_t response = in.u8();
    const auto meaning = interpreter.command(in.bytes(command));
    if (meaning.command.empty() || meaning.object.size() > 100) __builtin_trap();
    interpreter.response(in.bytes(response));
    if (iso7816::names::status_text(in.u16_be()).size() > 100) __builtin_trap();
  }
  return 0;
}
