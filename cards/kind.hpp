#pragma once

#include "cards/extras.hpp"
#include "chardev/access.hpp"
#include "chardev/key_list.hpp"
#include "protocol/failure.hpp"

#include <any>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vscard::cards {

struct Kind;

/// What --card says.
struct CardSpec {
  const Kind* kind = nullptr;  ///< of the table
  std::string name;            ///< of the card, for the user; empty: to be chosen
  std::any details;            ///< what the kind alone understands
  Extras extras = {};          ///< what any card may have
};

/// A way to write a card, and what it means, for help. The meaning may have several lines.
struct CardForm {
  std::string_view text;
  std::string_view meaning;
};

/// A kind of card, as --card NAME:KEY=VALUE,… asks for one. Kinds of one name differ in their keys.
/// A kind that this build lacks has its name and `lacks` alone.
struct Kind {
  /// What follows the name: keys; a file, then keys; words that are handed over as they are; or an
  /// address, whose keys are its transport's, but for those that all kinds have.
  enum class Syntax : std::uint8_t { Keys, File, Verbatim, Address };
  /// Is the card in as soon as it is open, or only while the user has put it in?
  enum class Presence : std::uint8_t { Always, WhenInserted };

  std::string_view name;
  std::string_view stem = {};                   ///< of the names of cards that have none
  std::span<const CardForm> forms = {};         ///< at least one
  std::span<const std::string_view> keys = {};  ///< beside "name" and kExtraKeys, which all have
  /// Gives CardSpec::details. The list has no other keys than `keys` and "name"; its head has the
  /// words with Verbatim, the file with File, and with Address the address without its keys, which
  /// are all there is beside "name". A failure is a line for the user.
  Result<std::any> (*parse)(const chardev::KeyList& list) = nullptr;
  /// What a card uses of the machine. Nothing: nobody knows.
  chardev::Access (*access)(const CardSpec& spec) = nullptr;
  /// The key for a file that was given without one, as in "soft:me.p12"; empty: none is known.
  std::string_view (*key_of_file)(std::string_view file) = nullptr;
  Syntax syntax = Syntax::Keys;
  Presence presence = Presence::Always;
  std::string_view lacks = {};  ///< the CMake option that is off
};

inline chardev::Access access_of(const CardSpec& spec) {
  chardev::Access access =
      spec.kind->access == nullptr ? chardev::Access{.unknown = true} : spec.kind->access(spec);
  access.add(access_of(spec.extras));
  return access;
}

}  // namespace vscard::cards
