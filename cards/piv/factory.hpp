#pragma once

#include "cards/piv/sealing.hpp"
#include "cards/piv/state.hpp"

namespace vscard::cards::piv {

/// What a card is made with.
struct NewCard {
  SecretBytes pin;  ///< padded
  SecretBytes puk;  ///< padded
  std::uint32_t serial = 0;
  std::vector<std::uint8_t> guid;  ///< 16 bytes
  WorkFactor work = WorkFactor::Standard;
};

/// The usual PIN and PUK, and a random identity.
NewCard new_card();

/// A card without keys, as it is when it is new: it has the objects that say who it is, and a key
/// for attestations.
State make_card(const NewCard& card);

}  // namespace vscard::cards::piv
