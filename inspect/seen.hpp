#pragma once

#include "program/apdu_tap.hpp"
#include "protocol/iso7816/blanking.hpp"

#include <chrono>
#include <string>
#include <variant>

namespace vscard::inspect {

/// The clock of what is shown, which other programs' times are compared with.
using WallTime = std::chrono::system_clock::time_point;

/// A message, as a tap has seen it.
struct SeenApdu {
  WallTime time;
  std::string about;  ///< "card" or "reader"
  std::string name;
  std::string by;  ///< who sent the command; empty: nobody knows
  program::TappedApdu::What what = program::TappedApdu::What::Command;
  protocol::iso7816::BlankedApdu message;
};

/// An event of `ctl watch`, as its line.
struct SeenEvent {
  std::string line;
};

using Seen = std::variant<SeenApdu, SeenEvent>;

}  // namespace vscard::inspect
