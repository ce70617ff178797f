#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>
#include <set>
#include <vector>

namespace vscard::cards::replay {

/// What a card's answers depend on, as far as the conversation shows it: what was selected and
/// verified before.
struct Place {
  // The commands that chose them, or nothing.
  std::vector<std::uint8_t> application;
  std::vector<std::uint8_t> file;
  std::vector<std::uint8_t> environment;
  std::set<std::uint8_t> verified;  ///< P2 of each VERIFY
  // Commands whose next part, or the next part of whose answer, is still to come.
  std::vector<std::uint8_t> unfinished;
  bool in_chain = false;  ///< … the next part

  bool operator==(const Place&) const = default;

  /// Without what does not matter for this command.
  Place at(protocol::Bytes command) const;
  /// The card has done the command and has answered.
  void pass(protocol::Bytes command, protocol::Bytes response);
};

/// All is the same, but less may be verified at `other`.
bool is_behind(const Place& other, const Place& place);

/// 9000 or 61xx.
bool is_success(protocol::Bytes response);

}  // namespace vscard::cards::replay
