#pragma once

#include "protocol/bytes.hpp"

#include <array>
#include <cstdint>

/// APDUs as packets of LinkType::UpperPdu: what Wireshark exports of an upper layer. Tags come
/// before the APDU, which name its dissector and the direction; without the direction iso7816
/// takes nothing. Numbers are big endian:
///
///     00 0c 00 08  "iso7816" 00      the dissector
///     00 23 00 04  00 00 00 00       the direction: 0 sent to the card, 1 received from it
///     00 00 00 00                    the end of the tags
///     00 a4 04 00 …                  the APDU
namespace vscard::capture {

enum class Direction : std::uint8_t { ToCard = 0, FromCard = 1 };

/// What stands before the APDU.
using ApduHead = std::array<std::uint8_t, 24>;
const ApduHead& apdu_head(Direction direction);

}  // namespace vscard::capture
