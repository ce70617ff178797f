#pragma once

#include "cards/card_spec.hpp"
#include "cards/pcsc/pcsc.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::cards::pcsc {

/// A reader of vscard's own handler for pcscd: to bring its card to another host would make a loop
/// as soon as that host is the one that the card comes from. reader.conf's FRIENDLYNAME tells: to
/// read an attribute, the reader would have to be connected to.
bool is_own_reader(std::string_view name);

/// A card of --card pcsc, and its reader as soon as it has one.
struct PcscPlace {
  PcscCard card;
  std::optional<std::string> reader;
};

/// Gives readers to the places that have none: to each the reader that it names exactly, if it is
/// there; else the first reader with a card that fits its pattern, or, last, any at all. Readers
/// that another place has or names, and our own, are left out.
void choose_readers(std::vector<PcscPlace>& places, const pcsc::ReaderStates& readers);

}  // namespace vscard::cards::pcsc
