#include "protocol/vsc/client.hpp"
#include "protocol/vsc/decoder.hpp"

#include <utility>

using namespace vscard::protocol;

// A hostile host; between its messages the user moves the card and time passes. A command is given
// to the card only when the one before has come back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vsc::VscClient client;
  Time now{};
  bool transmitting = false;
  const auto check = [&transmitting](const vsc::VscClient::Actions& actions) {
    for (const auto& action : actions) {
      if (!std::holds_alternative<vsc::VscClient::Transmit>(action)) continue;
      if (std::exchange(transmitting, true)) __builtin_trap();
    }
  };
  const iso7816::Atr atr = iso7816::Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00}).value();
  check(client.add_reader(vsc::ReaderId{0}, "fuzz", now));
  check(client.start(now));
  vsc::Decoder decoder;
  decoder.feed({data, size});
  for (auto message = decoder.next(); message && *message; message = decoder.next()) {
    const auto event = static_cast<std::uint32_t>((*message)->reader) >> 8;  // the host ignores it
    (*message)->reader = vsc::ReaderId{static_cast<std::uint32_t>((*message)->reader) & 0xff};
    check(client.receive(std::move(**message), now));
    if ((event & 1) != 0) check(client.insert_card(vsc::ReaderId{0}, atr, now));
    if ((event & 2) != 0) check(client.remove_card(vsc::ReaderId{0}, now));
    if ((event & 4) != 0) check(client.reset_card(vsc::ReaderId{0}, atr, now));
    if ((event & 8) != 0 && std::exchange(transmitting, false)) {
      check(client.respond(vsc::ReaderId{0}, SecretBytes::zeros(2), now));
    }
    if ((event & 16) != 0) check(client.expire(now += vsc::kApduTimeout));
    if ((event & 32) != 0) check(client.leave(now));
  }
  return 0;
}
