#pragma once

#include "tests/simulation/machines.hpp"
#include "tests/simulation/simulated_card.hpp"
#include "tests/simulation/vsc_end.hpp"

#include <memory>
#include <optional>

namespace vscard::tests::simulation {

/// The card's side: a machine that outlives its connections and a card, wired as
/// session::ClientSession and cards::link::CardLink wire them.
class ClientEnd final : public VscEnd, private CardWatcher {
 public:
  /// `card` outlives it.
  ClientEnd(Surroundings& around, SimulatedCard& card, std::unique_ptr<CheckedClient> machine);

  /// The user takes the card out, or puts it back.
  void pull();
  void put_back();
  /// It ends the conversation that is under way, properly.
  void leave();
  /// The card that a host is to see in the end; nothing: none.
  std::optional<protocol::iso7816::Atr> shown() const;

 private:
  void begin() override;
  void receive_message(protocol::vsc::Message message) override;
  std::optional<Time> machine_deadline() const override { return machine_->deadline(); }
  void expire_machine() override;
  void lost() override;

  void card_inserted(const protocol::iso7816::Atr& atr) override;
  void card_removed() override;
  void card_reset(const protocol::iso7816::Atr& atr) override;

  void perform(CheckedClient::Actions actions);
  void show_card();
  void show_reset(const protocol::iso7816::Atr& atr);
  void transmit_held();
  void drop_held();
  void reset_card();
  Time now() const { return around_.clock.now(); }

  SimulatedCard& card_;
  std::unique_ptr<CheckedClient> machine_;
  std::optional<protocol::iso7816::Atr> atr_;
  bool pulled_ = false;
  bool resetting_ = false;
  std::optional<protocol::SecretBytes> held_;
  SessionNumber session_{};       ///< the connection that is there, or was last
  SessionNumber held_session_{};  ///< the one that held_ came over
};

}  // namespace vscard::tests::simulation
