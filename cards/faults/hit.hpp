#pragma once

#include <string>

namespace vscard::cards::faults {

/// A fault has hit a command, or has given the card another ATR.
struct Hit {
  std::string fault;         ///< as it was written
  std::string command = {};  ///< its header in hexadecimal; empty: it is about the ATR
  std::string atr = {};      ///< that is shown no more, in hexadecimal
};

/// "fault mute hits the command 00b00000..."
inline std::string describe(const Hit& hit) {
  return "fault " + hit.fault +
         (hit.command.empty() ? " in place of " + hit.atr
                              : " hits the command " + hit.command + "...");
}

}  // namespace vscard::cards::faults
