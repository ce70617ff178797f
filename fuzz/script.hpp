#pragma once

#include "protocol/bytes.hpp"
#include "protocol/errc.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace vscard::fuzz {

/// Plays a fuzzer's bytes on a harness, where a hostile host, a card and a clock are: records of
///
///     host event | card event | length | bytes for the host
template <class Harness>
void play(protocol::Bytes script, Harness& harness) {
  protocol::ByteReader in(script);
  while (in.remaining() > 0) {
    const std::uint8_t host = in.u8();
    const std::uint8_t card = in.u8();
    harness.host(host, in.bytes(std::min<std::size_t>(in.u8(), in.remaining())));
    harness.card(card);
  }
}

/// Does this event of the card's end a command?
inline bool ends_a_command(std::uint8_t event) { return event % 8 >= 3 && event % 8 <= 5; }

/// A card's event, or time that passes, for a ccid_passthru::ccid::Reader or a
/// ccid_passthru::usb::Device.
template <class Machine>
auto perform_card_event(Machine& machine, std::uint8_t event, protocol::Time& now) {
  static const std::array cards{
      protocol::iso7816::Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00}).value(),
      protocol::iso7816::Atr::parse(std::array<std::uint8_t, 4>{0x3b, 0x80, 0x01, 0x81}).value()};
  switch (event % 8) {
    case 0:
    case 1:
      return machine.insert_card(cards.at(event % 2), now);
    case 2:
      return machine.remove_card(now);
    case 3:
      return machine.fail(protocol::Errc{event / 8});
    case 4:
    case 5:
      return machine.respond(protocol::SecretBytes::zeros(event * std::size_t{4}));
    default:
      now += std::chrono::milliseconds(event);
      return machine.expire(now);
  }
}

}  // namespace vscard::fuzz
