#pragma once

#include "cards/libcacard/identity.hpp"
#include "cards/libcacard/library.hpp"

#include <optional>

namespace vscard::cards::libcacard {

/// A serial made of the certificates of the card that is in the reader, in their order: cards with
/// the same certificates have the same. Nothing where the card does not have the serial that
/// libcacard gives to all. The card's power is on; reset it afterwards.
std::optional<Serial> serial_of_card(VirtualReader& reader);

}  // namespace vscard::cards::libcacard
