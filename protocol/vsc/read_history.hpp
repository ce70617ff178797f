#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace vscard::protocol::vsc {

/// Which reads followed which commands of a conversation. It keeps no secret: of what is neither a
/// read nor a SELECT only the header.
class ReadHistory {
 public:
  using Command = std::vector<std::uint8_t>;

  /// The host has sent a command. GET RESPONSE belongs to the command before it.
  void note(Bytes command, bool read);
  /// How a command is kept.
  static Command kept(Bytes command, bool read);
  /// In the order in which they were first seen.
  std::vector<Command> followers(const Command& kept) const;

 private:
  Command last_;
  std::map<Command, std::deque<Command>> followers_;
};

}  // namespace vscard::protocol::vsc
