#pragma once

#include "cards/card_set.hpp"
#include "cards/files/places.hpp"
#include "cards/piv/contents.hpp"

#include <string>
#include <vector>

/// What a PIV card shows of keys that have a place on it.
namespace vscard::cards::files {

/// A line for each, and its troubles.
void report(const std::string& card, const std::vector<Place>& places, const OpenOptions& options);

/// The same keys, and their certificates in DER.
std::vector<piv::KeyAndCertificate> contents_of(const std::vector<Place>& places);

}  // namespace vscard::cards::files
