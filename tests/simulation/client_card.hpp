#pragma once

#include "tests/simulation/client_end.hpp"
#include "tests/simulation/simulated_card.hpp"

#include <optional>

namespace vscard::tests::simulation {

/// A card of the client's, wired as cards::link::CardLink wires it.
class ClientCard final : private CardWatcher {
 public:
  /// All outlive it. `reader`: its number at the client.
  ClientCard(Surroundings& around, SimulatedCard& card, ClientEnd& end, ReaderId reader);

  /// The user takes the card out, or puts it back.
  void pull();
  void put_back();
  /// The card that a host is to see in the end; nothing: none.
  std::optional<protocol::iso7816::Atr> shown() const;

  // What the machine wants.

  void transmit(protocol::SecretBytes command);
  void reset();

 private:
  void card_inserted(const protocol::iso7816::Atr& atr) override;
  void card_removed() override;
  void card_reset(const protocol::iso7816::Atr& atr) override;

  void show_card();
  void show_reset(const protocol::iso7816::Atr& atr);
  void transmit_held();
  void drop_held();
  Time now() const { return around_.clock.now(); }

  Surroundings& around_;
  SimulatedCard& card_;
  ClientEnd& end_;
  ReaderId reader_;
  std::optional<protocol::iso7816::Atr> atr_;
  bool pulled_ = false;
  bool resetting_ = false;
  std::optional<protocol::SecretBytes> held_;
  SessionNumber held_session_{};  ///< the connection that it came over
};

}  // namespace vscard::tests::simulation
