#pragma once

#include "protocol/vsc/peer_limits.hpp"
#include "tests/simulation/numbered_command.hpp"
#include "tests/simulation/sight_oracle.hpp"
#include "tests/simulation/surroundings.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace vscard::tests::simulation {

/// Which connection a command came over.
enum class SessionNumber : std::uint32_t {};

/// Keeps account of what the card does: a command at most once, in the guest's order, only on the
/// card that the guest has powered, unless it knows better, and after a reset if another session's
/// came before it. And of what the guest gets: its own command's response.
class CardOracle {
 public:
  /// `peer`: what client and host take. The commands' numbers follow `before`.
  CardOracle(Surroundings& around, protocol::vsc::PeerLimits peer, std::uint32_t before)
      : around_(around), peer_(peer), before_(before) {}

  /// A card that the guest has powered.
  struct Addressee {
    CardKind card{};
    bool as_powered = false;  ///< for all that the guest was told
  };
  /// The guest sends a command, the next in its count.
  NumberedCommand send(std::size_t size, std::size_t response_size, Addressee to);
  void executed(protocol::Bytes bytes, CardKind by, SessionNumber session);
  /// The card was powered anew: it has forgotten what was verified.
  void was_reset() { session_.reset(); }
  void answered(const NumberedCommand& command, protocol::Bytes response);

 private:
  struct Record {
    NumberedCommand command;
    Addressee to;
    bool executed = false;
  };

  Record* find(const NumberedCommand& command);
  void check(bool right, const char* rule);

  Surroundings& around_;
  protocol::vsc::PeerLimits peer_;
  std::uint32_t before_;
  std::vector<Record> records_;
  std::uint32_t last_executed_ = 0;       ///< a command's number; they begin with 1
  std::optional<SessionNumber> session_;  ///< whose commands the card has executed since its reset
};

}  // namespace vscard::tests::simulation
