#pragma once

#include "protocol/iso7816/atr.hpp"
#include "tests/simulation/surroundings.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vscard::tests::simulation {

/// What an ATR says of a card.
enum class CardKind : std::uint8_t {};

/// Compares what the guest sees of the card with what happens to it: the guest sees it late, but in
/// its order, only what happened, and a card that is another one not without a gap.
class SightOracle {
 public:
  explicit SightOracle(Surroundings& around) : around_(around) {}

  // What happens.

  /// A card is in, or none; or the one that is in was reset.
  void became(const std::optional<protocol::iso7816::Atr>& card) { past_.push_back(card); }
  /// The world stands still: the guest has been told of all that has happened.
  void told_all() { known_ = past_.size() - 1; }

  // What the guest sees and does.

  void sees_slot(bool card);
  /// It begins anew, and may have missed something.
  void looks_away() { ++gaps_; }
  /// It sends IccPowerOn.
  void asks_for_power() { gaps_when_asked_ = gaps_; }
  void powered(protocol::Bytes atr);
  /// The card that it has powered is, for all that it was told, as it was then.
  bool powered_what_it_knows() const { return powered_ >= known_; }

  static CardKind kind_of(protocol::Bytes atr) { return CardKind{atr[2]}; }

 private:
  void check(bool right, const char* rule);

  Surroundings& around_;
  /// Every card, every removal, every reset that can be seen.
  std::vector<std::optional<protocol::iso7816::Atr>> past_{std::nullopt};
  std::size_t known_ = 0;    ///< a place in the past: the guest sees it or a later one
  std::size_t powered_ = 0;  ///< the last place at which the guest may have powered its card

  unsigned gaps_ = 0;  ///< times that the guest has seen no card, or has not looked
  unsigned gaps_when_asked_ = 0;
  std::optional<CardKind> last_card_;  ///< that it has powered
  unsigned gaps_before_last_card_ = 0;
};

}  // namespace vscard::tests::simulation
