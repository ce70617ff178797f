#pragma once

#include "cards/files/identity.hpp"
#include "cards/piv/slot.hpp"

#include <string>
#include <vector>

namespace vscard::cards::files {

struct Place {
  piv::Slot slot{};
  const Identity* identity = nullptr;
};

/// Where a PIV card keeps them, in their order: a key whose certificate only lets it decrypt goes
/// to 9D if that is free, the others to 9A, 9C, 9D, then all to the retired slots. 9E stays empty:
/// its key works without a PIN. What a PIV card has no place for is left out, with a line for the
/// user.
std::vector<Place> places_of(const std::vector<Identity>& identities,
                             std::vector<std::string>& lines);

}  // namespace vscard::cards::files
