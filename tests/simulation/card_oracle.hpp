#pragma once

#include "protocol/vsc/peer_limits.hpp"
#include "tests/simulation/numbered_command.hpp"
#include "tests/simulation/trace.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace vscard::tests::simulation {

/// What an ATR says of a card.
enum class CardKind : std::uint8_t {};
/// Which connection a command came over.
enum class SessionNumber : std::uint32_t {};

/// Keeps account of what the card does: a command at most once, in the guest's order, only on the
/// card that the guest has powered, and after a reset if another session's came before it. And of
/// what the guest gets: its own command's response.
class CardOracle {
 public:
  /// `peer`: what client and host take.
  CardOracle(Trace& trace, protocol::vsc::PeerLimits peer) : trace_(trace), peer_(peer) {}

  /// The guest sends a command, the next in its count, to a card that it has powered.
  NumberedCommand send(std::size_t size, std::size_t response_size, CardKind to);
  void executed(protocol::Bytes bytes, CardKind by, SessionNumber session);
  /// The card was powered anew: it has forgotten what was verified.
  void was_reset() { session_.reset(); }
  void answered(const NumberedCommand& command, protocol::Bytes response);

 private:
  struct Record {
    NumberedCommand command;
    CardKind to{};
    bool executed = false;
  };

  Trace& trace_;
  protocol::vsc::PeerLimits peer_;
  std::vector<Record> records_;
  std::uint32_t last_executed_ = 0;       ///< a command's number; they begin with 1
  std::optional<SessionNumber> session_;  ///< whose commands the card has executed since its reset
};

}  // namespace vscard::tests::simulation
