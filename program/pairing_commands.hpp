#pragma once

#include "chardev/pairing.hpp"
#include "program/command_table.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vscard::program {

/// A listener that pairs, and the reader or card that it is for.
struct PairingPlace {
  std::string name;
  chardev::Pairing* pairing = nullptr;
};
/// Those that there are now; valid until the program goes on.
using PairingPlaces = std::function<std::vector<PairingPlace>()>;

/// `pair [NAME]`, `pairings [--json]` and `unpair PEER`. `kind` is what NAME names: "NAME", "CARD".
std::vector<Command> pairing_commands(const std::string& kind, PairingPlaces places);

}  // namespace vscard::program
