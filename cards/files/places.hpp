#pragma once

#include "cards/files/identity.hpp"
#include "cards/piv/slot.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace vscard::cards::files {

struct Place {
  piv::Slot slot{};
  const Identity* identity = nullptr;
};

/// Where a PIV card keeps them: in the order of certificates::by_usage() the one for logins in 9A,
/// for signatures in 9C, for decryption in 9D, all others in the retired slots. 9E stays empty: its
/// key works without a PIN. What a PIV card cannot show is left out, with a line for the user.
std::vector<Place> places_of(const std::vector<Identity>& identities, std::chrono::sys_seconds now,
                             std::vector<std::string>& lines);

}  // namespace vscard::cards::files
