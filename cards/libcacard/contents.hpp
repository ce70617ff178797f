#pragma once

#include "cards/card_set.hpp"
#include "cards/libcacard/card.hpp"
#include "cards/libcacard/emulation.hpp"
#include "cards/libcacard/token.hpp"

#include <filesystem>

namespace vscard::cards::libcacard {

/// What of a token is to be on a card.
struct Contents {
  std::string card;                ///< its name, for the user
  std::filesystem::path database;  ///< the token is this NSS database; empty: it is a module's
  std::vector<std::string> words;  ///< for choose(); empty: by their usage
};

/// Chooses the certificates of a card, and reports each: a line of what it is, and a warning for
/// each reason why a guest cannot use it.
Result<SoftReader> reader_with(const Contents& contents, const Token& token,
                               const OpenOptions& options);

/// Reports those that libcacard has found by their nicknames. The error names one that it has not.
Result<> report_found(const Contents& contents, const Token& token, const OpenOptions& options);

}  // namespace vscard::cards::libcacard
