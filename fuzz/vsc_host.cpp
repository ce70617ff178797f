#include "protocol/vsc/decoder.hpp"
#include "protocol/vsc/host.hpp"

using namespace vscard::protocol;

// A hostile client; between its messages commands are sent, also while one is pending, and aborted,
// and time passes. Each command gets one answer, or none after an abort.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vsc::VscHost host;
  Time now{};
  int owed = 0;
  const auto check = [&](const vsc::VscHost::Actions& actions) {
    for (const auto& action : actions) {
      owed -= static_cast<int>(std::holds_alternative<vsc::VscHost::Response>(action) ||
                               std::holds_alternative<vsc::VscHost::NoAnswer>(action));
    }
    if (owed != static_cast<int>(host.pending(vsc::ReaderId{0}))) __builtin_trap();
  };
  host.start(now);
  vsc::Decoder decoder;
  decoder.feed({data, size});
  for (auto message = decoder.next(); message && *message; message = decoder.next()) {
    const auto event = static_cast<std::uint32_t>((*message)->reader) >> 8;
    check(host.receive(std::move(**message), now));
    if ((event & 1) != 0) {
      ++owed;
      check(host.transmit(vsc::ReaderId{0}, SecretBytes::zeros(event & 0x1ff), now));
    }
    if ((event & 2) != 0) {
      host.abort(vsc::ReaderId{0}, now);
      owed = 0;
    }
    if ((event & 4) != 0) check(host.expire(now += vsc::kApduTimeout));
    if ((event & 8) != 0) check(host.lost());
  }
  return 0;
}
