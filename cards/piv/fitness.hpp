#pragma once

#include "cards/card_set.hpp"
#include "cards/piv/openssl.hpp"
#include "cards/piv/slot.hpp"
#include "cards/piv/state.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// What a guest can do with the certificates of a PIV card.
namespace vscard::cards::piv {

inline constexpr std::size_t kMaxSizeForPivTool = 3059;  ///< bytes, yubico-piv-tool 2.2.0

/// Why a key that others have made is not put on a card.
std::optional<std::string> unfit(const X509& certificate, const EVP_PKEY& key);

/// Why it cannot be used at its place, and what helps: a line each.
std::vector<std::string> troubles_at(Slot slot, const X509& certificate,
                                     std::chrono::sys_seconds now);

struct ReportedPlace {
  std::string card;  ///< its name
  Slot slot{};
  std::string name = {};  ///< what the key is called beside its subject, or empty
};
/// Tells "soft: 9A: CN=Alice (me), P-256, valid until 2028-04-11", and warns of its troubles.
void report(const ReportedPlace& place, const X509& certificate, const OpenOptions& options);
/// The same of all on a card, but the one for attestations.
void report(const std::string& card, const State& state, const OpenOptions& options);

}  // namespace vscard::cards::piv
