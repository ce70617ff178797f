#include "tests/fakes/flow_pair.hpp"

using namespace vscard;
using fakes::FlowPair;

// Both ends of a stream over NATS, and a bus that does what the bytes say, one after the other:
// three of them name what is done, by which side, and with how much. At the end either both ends
// live, or both have ended.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteReader in({data, size});
  FlowPair pair;
  while (in.remaining() >= 3) {
    const std::uint8_t what = in.u8();
    const auto side = (what & 1) != 0 ? FlowPair::Side::A : FlowPair::Side::B;
    const std::size_t much = in.u16_be();
    switch (what / 2 % 9) {
      case 0:
        pair.write(side, much, 5000);
        break;
      case 1:
        pair.read(side, much);
        break;
      case 2:
        pair.deliver(side);
        break;
      case 3:
        pair.deliver_twice(side);
        break;
      case 4:
        pair.lose(side);
        break;
      case 5:
        pair.delay(side);
        break;
      case 6:
        pair.pass(std::chrono::milliseconds(much));
        break;
      case 7:
        pair.close(side);
        break;
      default:
        pair.forge(side, in.bytes(std::min(in.remaining(), much % 64)));
    }
    if (!pair.wrong().empty()) __builtin_trap();
  }
  pair.part();
  if (!pair.wrong().empty()) __builtin_trap();
  return 0;
}
