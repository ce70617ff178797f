#pragma once

#include "cards/kind.hpp"

#include <any>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vscard::cards::libcacard {

/// Certificates of an NSS database as a CAC.
struct SoftCard {
  std::filesystem::path database;                   ///< folder of an NSS database (sql:)
  std::vector<std::string> certificates;            ///< words for choose(); empty: by their usage
  std::vector<std::filesystem::path> made_of = {};  ///< the user's files, if the database is ours
  bool operator==(const SoftCard&) const = default;
};

/// A token of the PKCS#11 modules that an NSS database names.
struct TokenCard {
  std::filesystem::path database;
  std::optional<std::string> slot;  ///< the label of the token or the name of its slot, may hold *
                                    ///< and ?; else the first token that can be a card
  std::vector<std::string> certificates = {};  ///< as of a SoftCard
  bool operator==(const TokenCard&) const = default;
};

/// libcacard's own emulation string.
struct EmulatedCard {
  std::string arguments;
  std::vector<std::string> certificates;  ///< of its -c options, which make a soft card
  bool operator==(const EmulatedCard&) const = default;
};

/// What CardSpec::details is for kSoft, kNss and kLibcacard.
using Card = std::variant<SoftCard, TokenCard, EmulatedCard>;

/// `spec` is of one of these kinds.
inline Card card_of(const CardSpec& spec) { return std::any_cast<Card>(spec.details); }

}  // namespace vscard::cards::libcacard
