#pragma once

#include "cards/replay/script.hpp"
#include "protocol/iso7816/blanking.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vscard::cards::replay {

/// Answers as the card of a recording did: a machine. Lines for the user begin with the file's
/// name.
class Player {
 public:
  using Tell = std::function<void(const std::string&)>;
  using Answer = std::expected<protocol::SecretBytes, CardError>;

  Player() = default;
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  virtual ~Player() = default;

  virtual Answer transmit(protocol::Bytes command) = 0;
  virtual void reset() = 0;
  /// What happens next by itself, if something does before the next command. Valid until the next
  /// call of another method.
  virtual const Happening* next_happening() const = 0;
  /// It has happened.
  virtual void pass_happening() = 0;
};

/// What is answered to a command that the recording does not have.
inline Player::Answer unknown_answer() {
  return protocol::SecretBytes::copy_of(
      protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::Unspecified));
}

}  // namespace vscard::cards::replay
