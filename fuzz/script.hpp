#pragma once

#include "protocol/bytes.hpp"
#include "protocol/errc.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace vscard::fuzz {

/// Plays a fuzzer's bytes on a harness with a hostile guest, a card and a clock: records of
///
///     guest event | card event | length | bytes for the guest
///
/// Then all ends, and nothing may be owed.
template <class Harness>
void play(protocol::Bytes script, Harness& harness) {
  protocol::ByteReader in(script);
  while (in.remaining() > 0) {
    const std::uint8_t guest = in.u8();
    const std::uint8_t card = in.u8();
    harness.guest(guest, in.bytes(std::min<std::size_t>(in.u8(), in.remaining())));
    harness.card(card);
  }
  harness.end();
}

/// A card's event, or time that passes, for a fakes::CheckedReader or a
/// fakes::CheckedDevice.
template <class Machine>
void perform_card_event(Machine& machine, std::uint8_t event) {
  static const std::array cards{
      protocol::iso7816::Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00}).value(),
      protocol::iso7816::Atr::parse(std::array<std::uint8_t, 4>{0x3b, 0x80, 0x01, 0x81}).value()};
  switch (event % 8) {
    case 0:
    case 1:
      machine.insert_card(cards.at(event % 2));
      break;
    case 2:
      machine.remove_card();
      break;
    case 3:
      machine.fail(protocol::Errc{event / 8});
      break;
    case 4:
    case 5:
      machine.respond(protocol::SecretBytes::zeros(event * std::size_t{4}));
      break;
    case 6:
      machine.wait(std::chrono::milliseconds(event));
      break;
    default:  // past a deadline, and past those that would have followed
      machine.wait(std::chrono::milliseconds(event * 50));
      break;
  }
}

}  // namespace vscard::fuzz
