#pragma once

#include "cards/link/commands.hpp"
#include "pcsc-bridge/run/card_client.hpp"

#include <string>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// A card that this process has itself. Its events go to the watchers of CardControl.
class OwnCard final : public CardClient {
 public:
  /// What `held` names, and `watchers`, outlive this object.
  OwnCard(std::string card, std::string reader, const cards::link::HeldCard& held,
          program::Watchers& watchers);

  Awaitable<Result<std::string>> ask(program::Words words,
                                     protocol::Duration patience) const override;
  Awaitable<void> relay(program::Words words, program::Lines lines) const override;

 private:
  std::vector<cards::link::HeldCard> held_;  ///< this one alone
  cards::link::Commands commands_;
};

}  // namespace vscard::pcsc_bridge::run
