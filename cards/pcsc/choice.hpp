#pragma once

#include "cards/pcsc/library.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::cards::pcsc {

/// A reader of vscard's own handler for pcscd: to bring its card to another host would make a loop
/// as soon as that host is the one that the card comes from. reader.conf's FRIENDLYNAME tells: to
/// read an attribute, the reader would have to be connected to.
inline bool is_own_reader(std::string_view name) { return name.starts_with("vscard "); }

/// A card of --card pcsc, and its reader as soon as it has one.
struct Place {
  std::optional<std::string> wanted;  ///< the reader's name, or a pattern of names; else any
  std::optional<std::string> reader;
};

/// Gives readers to the places that have none: to each the reader that it names exactly, if it is
/// there; else the first reader with a card that fits its pattern, or, last, any at all. Readers
/// that another place has or names, and our own, are left out.
void choose_readers(std::vector<Place>& places, const ReaderStates& readers);

}  // namespace vscard::cards::pcsc
