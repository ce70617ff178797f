#include "protocol/vsc/decoder.hpp"
#include "tests/fakes/checked_host.hpp"

#include <utility>

using namespace vscard;
using namespace vscard::protocol;

// A hostile client, which may have three readers; between its messages commands are sent to one of
// them, also while one is pending, and aborted, the reader is withdrawn and offered, time passes.
// Each command gets one answer, or none after an abort, each request one, and nothing follows the
// end: else the oracle traps.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fakes::CheckedHost host({}, vsc::kApduTimeout, 3);
  Time now{};
  host.start(now);
  vsc::Decoder decoder;
  decoder.feed({data, size});
  for (auto message = decoder.next(); message && *message; message = decoder.next()) {
    const auto number = static_cast<std::uint32_t>((*message)->reader);
    const auto event = number >> 8;
    (*message)->reader = vsc::ReaderId{number & 0x3};
    host.choose(vsc::ReaderId{event >> 12 & 0x3});
    host.receive(std::move(**message), now);
    if ((event & 1) != 0) host.transmit(SecretBytes::zeros(event & 0x1ff), now);
    if ((event & 2) != 0) host.abort(now);
    if ((event & 4) != 0) host.expire(now += vsc::kApduTimeout);
    if ((event & 8) != 0) host.lost();
    if ((event & 0x400) != 0) host.withdraw(vsc::Use::Removed, now);
    if ((event & 0x800) != 0) host.offer();
    if ((event & 0x200) != 0) host.power(vsc::PowerAction::ColdReset);
    if (!host.oracle().wrong().empty()) __builtin_trap();
  }
  return 0;
}
