#pragma once

#include "cards/libcacard/card.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vscard::cards::libcacard {

/// libcacard knows all its cards from one string, once a process: this is what must be there before
/// it, as the cards that are wanted have it.
struct Emulation {
  /// A further NSS database, opened as a token of this name.
  struct Database {
    std::string name;
    std::filesystem::path folder;
    bool operator==(const Database&) const = default;
  };

  std::filesystem::path database;  ///< NSS's own; empty: libcacard opens it
  std::vector<Database> others;
  /// The name of each soft card's database; empty: NSS's own, or the card is of another kind.
  std::vector<std::string> names;
  std::string arguments;  ///< where libcacard's string begins; empty: none, its defaults
  bool operator==(const Emulation&) const = default;
};

/// The error tells which cards cannot be had in one process.
Result<Emulation> emulation_of(const std::vector<Card>& cards);

/// Certificates in a slot as one of libcacard's readers. Both are names that libcacard looks for,
/// without the characters , and ).
struct SoftReader {
  std::string slot;  ///< empty: NSS's own database
  std::vector<std::string> certificates;
  bool operator==(const SoftReader&) const = default;
};

/// libcacard's string with these readers, in their order.
std::string arguments_of(const Emulation& emulation, const std::vector<SoftReader>& readers);

/// The folder that `arguments` names with db="…", if it does.
std::optional<std::filesystem::path> database_in(const std::string& arguments);

/// Of a card that is made of one as far as is known; else empty.
std::filesystem::path database_of(const Card& card);

/// Does libcacard look for tokens with this card? Then it has threads that never end.
bool looks_for_tokens(const Card& card);

}  // namespace vscard::cards::libcacard
