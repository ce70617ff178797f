#pragma once

#include "tests/simulation/card_oracle.hpp"
#include "tests/simulation/machines.hpp"
#include "tests/simulation/vsc_end.hpp"

#include <map>
#include <memory>

namespace vscard::tests::simulation {

class ClientCard;

/// The cards' side: a machine that outlives its connections, wired as session::ClientSession wires
/// it, and the cards that it has on each.
class ClientEnd final : public VscEnd {
 public:
  ClientEnd(Surroundings& around, std::unique_ptr<CheckedClient> machine);
  /// `card` outlives it. Before the first connection.
  void add(ReaderId reader, ClientCard& card);

  /// It ends the conversation that is under way, properly.
  void leave();

  // For its cards.

  CheckedClient& machine() { return *machine_; }
  void perform(CheckedClient::Actions actions);
  /// The connection that is there, or was last.
  SessionNumber session() const { return session_; }

 private:
  void begin() override;
  void receive_message(protocol::vsc::Message message) override;
  std::optional<Time> machine_deadline() const override { return machine_->deadline(); }
  void expire_machine() override;
  void lost() override;
  Time now() const { return around_.clock.now(); }

  std::unique_ptr<CheckedClient> machine_;
  std::map<ReaderId, ClientCard*> cards_;
  SessionNumber session_{};
};

}  // namespace vscard::tests::simulation
