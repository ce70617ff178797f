#include "protocol/bytes.hpp"
#include "tests/fakes/pcsc_harness.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace vscard;

// Programs, readers and time, mixed: records of event | which | value. Then the programs hang up
// but for one, and nothing may be owed to it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fakes::PcscHarness harness;
  protocol::ByteReader in({data, size});
  while (in.remaining() >= 3) {
    const std::uint8_t event = in.u8();
    const std::uint8_t which = in.u8();
    const std::uint8_t value = in.u8();
    const std::size_t program = event % fakes::PcscHarness::kPrograms;
    const std::size_t reader = event % fakes::PcscHarness::kReaders;
    const std::uint8_t kind = event / 4;
    if (pcsc_bridge::pcsc::struct_size(pcsc_bridge::pcsc::Command{kind})) {
      harness.call(program, pcsc_bridge::pcsc::Command{kind}, which, value);
    } else if (kind == 0x20) {
      harness.send_bytes(program, in.bytes(std::min<std::size_t>(value, in.remaining())));
    } else if (kind == 0x21) {
      harness.hang_up(program);
    } else if (kind == 0x22) {
      harness.toggle_reader(reader);
    } else if (kind < 0x28) {
      harness.toggle_card(reader, value);
    } else if (kind < 0x30) {
      harness.respond(reader, value * std::size_t{4});
    } else if (kind == 0x3e) {
      harness.show_foreign(value);
    } else if (kind == 0x3f) {
      harness.answer(value);
    } else {
      harness.wait(std::chrono::milliseconds(value * 50));
    }
  }
  harness.end();
  if (!harness.wrong().empty()) std::fputs(harness.wrong().c_str(), stderr), __builtin_trap();
  return 0;
}
