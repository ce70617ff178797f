#pragma once

#include "cards/cards.hpp"
#include "cards/link/card_link.hpp"
#include "cards/link/commands.hpp"
#include "pcsc-bridge/serve/own_kinds.hpp"
#include "pcsc-bridge/serve/service.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::serve {

/// Cards that this process has open itself: in a reader of the service each, or in none.
class OwnCards {
 public:
  /// `watchers` are told of the cards; they outlive this object, as the executor's context does.
  OwnCards(asio::io_context& io, program::Watchers& watchers, const OwnKinds& kinds)
      : io_(io), watchers_(watchers), kinds_(kinds) {}

  /// May the card be in this process?
  bool can_have(const cards::CardSpec& card) const { return kinds_.has(card); }

  /// Opens the cards, once. Blocks for as long as that takes. The error is a line for the user.
  Result<> open(std::span<const cards::CardSpec> specs, protocol::Duration apdu_timeout);
  /// Puts the card of this number into a reader of the service, which ends before this object.
  Result<> plug(std::size_t card, Service& pcsc, const std::string& reader);
  /// The reader is gone from the service, and with it the card: the user has it no longer.
  void lose_reader(const std::string& reader);
  /// For the commands of a user: the cards in their order.
  const std::vector<cards::link::HeldCard>& held() const { return held_; }
  /// Takes the cards out, after the service has let go of them, and gives them a moment to forget
  /// their PINs. False: a card or a library does not return, so only _Exit ends the process.
  bool end();

 private:
  void hold(const cards::CardSpec& spec, cards::Reader& reader, protocol::Duration apdu_timeout);
  bool busy() const;

  struct Place {
    std::shared_ptr<cards::link::CardLink> link;  ///< shared with its reader in the service
    DirectLink* direct = nullptr;                 ///< the link's
  };

  asio::io_context& io_;
  program::Watchers& watchers_;
  const OwnKinds& kinds_;
  cards::Cards cards_;
  std::vector<Place> places_;
  std::vector<cards::link::HeldCard> held_;
};

}  // namespace vscard::pcsc_bridge::serve
