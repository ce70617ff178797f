#pragma once

#include "cards/certificates/usages.hpp"

#include <openssl/x509.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vscard::cards::certificates {

/// What guests expect of the places of a card.
enum class Role : std::uint8_t { Identity, Signing, Encryption, Other };

struct Candidate {
  Usages usages;
  bool valid = true;  ///< today
};

Candidate candidate_of(const X509& certificate, std::chrono::sys_seconds now);

struct Placed {
  std::size_t index = 0;  ///< in the candidates
  Role role = Role::Other;
  bool operator==(const Placed&) const = default;
};

/// All of them in the order of a card: the one for logins, for signatures, for decryption, others.
/// Whoever says what it is for comes before one that may do anything; of several that say the same,
/// the first that is valid, else the first.
std::vector<Placed> by_usage(std::span<const Candidate> candidates);

/// What it is to a guest at this place, from 0, of a card that has its certificates in a row.
Role role_at(std::size_t place, const Usages& usages);

}  // namespace vscard::cards::certificates
