#pragma once

#include "chardev/lending.hpp"
#include "program/command_table.hpp"
#include "program/json.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vscard::cards::link {

/// A card that is lent, and who lends it; valid until the program goes on.
struct LentCard {
  std::string card;
  chardev::Lending* lending = nullptr;
};
using LentCards = std::function<std::vector<LentCard>()>;

/// `pool list [--json]`, `pool drain [CARD] [--undo]` and `pool release CARD`.
program::Command pool_command(LentCards cards);

/// The member "pool" of a card in `list --json`; null: it is not lent.
program::Json pool_json(const chardev::Lending* lending);

}  // namespace vscard::cards::link
