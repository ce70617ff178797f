#include "protocol/vsc/decoder.hpp"
#include "tests/fakes/checked_client.hpp"

#include <array>
#include <utility>

using namespace vscard;
using namespace vscard::protocol;

// A hostile host; between its messages the user moves one of two cards, which also answers what it
// was not asked, and time passes. The oracle traps on what is not answered, answered twice, or sent
// after the end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fakes::CheckedClient client;
  Time now{};
  const iso7816::Atr atr = iso7816::Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00}).value();
  const SecretBytes more = SecretBytes::copy_of(std::array<std::uint8_t, 2>{0x61, 0x05});
  for (const std::uint32_t card : {0U, 1U}) {
    client.add_reader(vsc::ReaderId{card}, "fuzz", now, vsc::AheadPolicy::Reads);
  }
  client.start(now);
  vsc::Decoder decoder;
  decoder.feed({data, size});
  for (auto message = decoder.next(); message && *message; message = decoder.next()) {
    const auto event = static_cast<std::uint32_t>((*message)->reader) >> 8;  // the host ignores it
    (*message)->reader = vsc::ReaderId{static_cast<std::uint32_t>((*message)->reader) & 0xff};
    const vsc::ReaderId card{event >> 12 & 1};
    client.receive(std::move(**message), now);
    if ((event & 1) != 0) client.insert_card(card, atr, now);
    if ((event & 2) != 0) client.remove_card(card, now);
    if ((event & 4) != 0) client.reset_card(card, atr, now);
    if ((event & 8) != 0) client.respond(card, SecretBytes::zeros(2), now);
    if ((event & 256) != 0) client.works(card, now);
    if ((event & 128) != 0) client.respond(card, more.clone(), now);
    if ((event & 16) != 0) client.expire(now += vsc::kApduTimeout);
    if ((event & 32) != 0) client.leave(now);
    if ((event & 64) != 0) client.no_answer(card, now);
    if (!client.oracle().wrong().empty()) __builtin_trap();
  }
  return 0;
}
