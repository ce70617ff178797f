#pragma once

#include "cards/table.hpp"

#include <span>

namespace vscard::pcsc_bridge::serve {

/// The kinds of cards that a program can have in its own process.
struct OwnKinds {
  std::span<const cards::KindEntry> table;
  bool (*has)(const cards::CardSpec& card);
};

/// Of this program. There are two, which have a main() in common: NSS and libcacard make a start
/// longer by a quarter, so that only one of them links these, and takes over where a card is of
/// theirs.
const OwnKinds& own_kinds();

}  // namespace vscard::pcsc_bridge::serve
