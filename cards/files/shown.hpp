#pragma once

#include "cards/files/places.hpp"
#include "cards/piv/contents.hpp"

#include <string>
#include <vector>

/// What a PIV card shows of keys that have a place on it.
namespace vscard::cards::files {

/// For the user: "soft: 9A: CN=Alice (me), P-256, valid until 2028-04-11".
std::string line_of(const std::string& card, const Place& place);

/// The same keys, and their certificates in DER.
std::vector<piv::KeyAndCertificate> contents_of(const std::vector<Place>& places);

}  // namespace vscard::cards::files
