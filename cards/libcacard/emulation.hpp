#pragma once

#include "cards/libcacard/card.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vscard::cards::libcacard {

/// libcacard knows all its cards from one string, once a process: this is how the string and what
/// must be there before it come from the cards that are wanted.
struct Emulation {
  /// A further NSS database, opened as a token of this name.
  struct Token {
    std::string name;
    std::filesystem::path database;
    bool operator==(const Token&) const = default;
  };

  std::filesystem::path database;  ///< NSS's own; empty: libcacard opens it
  std::vector<Token> tokens;
  std::string arguments;  ///< libcacard's emulation string; empty: none, its defaults
  /// For each card, the nicknames that must be found, as NSS writes them.
  std::vector<std::vector<std::string>> nicknames;
  bool operator==(const Emulation&) const = default;
};

/// The error tells which cards cannot be had in one process. No DefaultSoftCard is left in `cards`.
Result<Emulation> emulation_of(const std::vector<Card>& cards);

/// The folder that `arguments` names with db="…", if it does.
std::optional<std::filesystem::path> database_in(const std::string& arguments);

}  // namespace vscard::cards::libcacard
