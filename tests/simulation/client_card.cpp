#include "tests/simulation/client_card.hpp"

#include <utility>

namespace vscard::tests::simulation {

using protocol::SecretBytes;

ClientCard::ClientCard(Surroundings& around, SimulatedCard& card, ClientEnd& end, ReaderId reader)
    : around_(around), card_(card), end_(end), reader_(reader) {
  end_.add(reader_, *this);
  card_.watch(*this);
}

void ClientCard::pull() {
  if (std::exchange(pulled_, true)) return;
  around_.trace.note("client", "pulls the card");
  around_.trouble.make();
  end_.perform(end_.machine().remove_card(reader_, now()));
  reset();
}

void ClientCard::put_back() {
  if (!std::exchange(pulled_, false)) return;
  around_.trace.note("client", "puts the card back");
  show_card();
}

std::optional<protocol::iso7816::Atr> ClientCard::shown() const {
  if (pulled_ || card_.stuck()) return std::nullopt;
  return card_.atr();
}

void ClientCard::card_inserted(const protocol::iso7816::Atr& atr) {
  atr_ = atr;
  show_card();
  drop_held();
}

void ClientCard::card_removed() {
  atr_.reset();
  end_.perform(end_.machine().remove_card(reader_, now()));
  drop_held();
}

void ClientCard::card_reset(const protocol::iso7816::Atr& atr) {
  show_reset(atr);
  drop_held();
}

void ClientCard::show_card() {
  if (atr_ && !pulled_) end_.perform(end_.machine().insert_card(reader_, *atr_, now()));
}

void ClientCard::show_reset(const protocol::iso7816::Atr& atr) {
  atr_ = atr;
  if (!pulled_) end_.perform(end_.machine().reset_card(reader_, atr, now()));
}

void ClientCard::transmit(SecretBytes command) {
  held_ = std::move(command);
  held_session_ = end_.session();
  transmit_held();
}

void ClientCard::transmit_held() {
  if (!held_ || resetting_) return;
  const SecretBytes command = std::exchange(held_, std::nullopt).value();
  card_.transmit(command.clone(), held_session_, [this](std::optional<SecretBytes> response) {
    if (response) {
      end_.perform(end_.machine().respond(reader_, std::move(*response), now()));
    } else {
      end_.perform(end_.machine().no_answer(reader_, now()));
    }
  });
}

void ClientCard::drop_held() {
  if (std::exchange(held_, std::nullopt)) end_.perform(end_.machine().no_answer(reader_, now()));
}

void ClientCard::reset() {
  drop_held();
  if (std::exchange(resetting_, true)) return;
  card_.reset([this](const std::optional<protocol::iso7816::Atr>& atr) {
    resetting_ = false;
    if (atr && atr_ && *atr != *atr_) {
      around_.trouble.make();  // the guest sees another card
      show_reset(*atr);
    }
    transmit_held();
  });
}

}  // namespace vscard::tests::simulation
