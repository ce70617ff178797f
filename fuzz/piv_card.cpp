#include "tests/fakes/checked_piv_card.hpp"

// A hostile program, which knows the PIN and the management key at times: records of
//
//     what it does | length | bytes of a command
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vscard::fakes::CheckedPivCard card;
  vscard::protocol::ByteReader in({data, size});
  while (in.remaining() > 0) {
    const std::uint8_t step = in.u8();
    if (step == 'v') card.verify();
    if (step == 'm') card.manage();
    if (step == 'r') card.reset();
    if (step == 'f') card.fail_next_write();
    if (step == 'c') card.transmit(in.bytes(std::min<std::size_t>(in.u8(), in.remaining())));
    if (!card.wrong().empty()) __builtin_trap();
  }
  return 0;
}
