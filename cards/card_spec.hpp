#pragma once

#include "cards/pcsc/pcsc.hpp"
#include "protocol/failure.hpp"

#include <chrono>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vscard::cards {

/// The user's own soft card: made the first time.
struct DefaultSoftCard {
  bool operator==(const DefaultSoftCard&) const = default;
};

/// Certificates of an NSS database as a CAC.
struct SoftCard {
  std::filesystem::path database;         ///< folder of an NSS database (sql:)
  std::vector<std::string> certificates;  ///< nicknames; empty: id, sign, enc
  bool operator==(const SoftCard&) const = default;
};

/// A token of the PKCS#11 modules that an NSS database names.
struct TokenCard {
  std::filesystem::path database;
  std::optional<std::string> slot;  ///< the slot's name, may hold * and ?; else the first token
  bool operator==(const TokenCard&) const = default;
};

/// A card in a reader of PC/SC's.
struct PcscCard {
  std::optional<std::string> reader;  ///< its name, or a pattern of names; else any
  pcsc::Share share = pcsc::Share::Shared;
  /// How long other programs wait after a command, in case that another one follows.
  std::chrono::seconds hold{0};
  bool operator==(const PcscCard&) const = default;
};
inline constexpr std::chrono::seconds kMaxHold{30};

/// libcacard's own emulation string.
struct EmulatedCard {
  std::string arguments;
  std::vector<std::string> certificates;  ///< of its -c options, which make a soft card
  bool operator==(const EmulatedCard&) const = default;
};

/// What --card says.
struct CardSpec {
  std::variant<DefaultSoftCard, SoftCard, TokenCard, PcscCard, EmulatedCard> kind;
  std::string name;  ///< of the reader; empty: chosen
  bool operator==(const CardSpec&) const = default;
};

/// "soft", "soft:db=DIR,cert=A,…", "nss:db=DIR", "pcsc:reader=NAME,…", "libcacard:ARGS". The error
/// is a line for the user.
Result<CardSpec> parse_card_spec(std::string_view text);

}  // namespace vscard::cards
