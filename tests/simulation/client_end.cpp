#include "tests/simulation/client_end.hpp"

#include <utility>

namespace vscard::tests::simulation {
namespace {

using protocol::SecretBytes;
using protocol::vsc::VscClient;

constexpr ReaderId kReader{0};

}  // namespace

ClientEnd::ClientEnd(Surroundings& around, SimulatedCard& card,
                     std::unique_ptr<CheckedClient> machine)
    : VscEnd(around, "client"), card_(card), machine_(std::move(machine)) {
  perform(machine_->add_reader(kReader, "simulated", now()));
  card_.watch(*this);
}

void ClientEnd::pull() {
  if (std::exchange(pulled_, true)) return;
  around_.trace.note("client", "pulls the card");
  around_.trouble.make();
  perform(machine_->remove_card(kReader, now()));
  reset_card();
}

void ClientEnd::leave() {
  if (!serving()) return;
  around_.trouble.make();
  perform(machine_->leave(now()));
}

void ClientEnd::put_back() {
  if (!std::exchange(pulled_, false)) return;
  around_.trace.note("client", "puts the card back");
  show_card();
}

std::optional<protocol::iso7816::Atr> ClientEnd::shown() const {
  if (pulled_ || card_.stuck()) return std::nullopt;
  return card_.atr();
}

void ClientEnd::begin() {
  session_ = SessionNumber{static_cast<std::uint32_t>(session_) + 1};
  perform(machine_->start(now()));
}

void ClientEnd::receive_message(protocol::vsc::Message message) {
  perform(machine_->receive(std::move(message), now()));
}

void ClientEnd::expire_machine() { perform(machine_->expire(now())); }

void ClientEnd::lost() {
  machine_->lost();
  reset_card();
}

void ClientEnd::card_inserted(const protocol::iso7816::Atr& atr) {
  atr_ = atr;
  show_card();
  drop_held();
}

void ClientEnd::card_removed() {
  atr_.reset();
  perform(machine_->remove_card(kReader, now()));
  drop_held();
}

void ClientEnd::card_reset(const protocol::iso7816::Atr& atr) {
  show_reset(atr);
  drop_held();
}

void ClientEnd::perform(CheckedClient::Actions actions) {
  check_promises(machine_->oracle().wrong());
  for (auto& action : actions) {
    if (const auto* message = std::get_if<VscClient::Send>(&action)) {
      send(message->message);
    } else if (std::holds_alternative<VscClient::Silent>(action)) {
      end(protocol::Errc::Silent);
    } else if (const auto* ended = std::get_if<VscClient::Ended>(&action)) {
      end(ended->error);
    } else if (auto* transmission = std::get_if<VscClient::Transmit>(&action)) {
      held_ = std::move(transmission->command);
      held_session_ = session_;
      transmit_held();
    } else if (std::holds_alternative<VscClient::Reset>(action)) {
      reset_card();
    } else if (std::holds_alternative<VscClient::CardRefused>(action)) {
      around_.trace.violation("the host refuses the card");
    }
  }
}

void ClientEnd::show_card() {
  if (atr_ && !pulled_) perform(machine_->insert_card(kReader, *atr_, now()));
}

void ClientEnd::show_reset(const protocol::iso7816::Atr& atr) {
  atr_ = atr;
  if (!pulled_) perform(machine_->reset_card(kReader, atr, now()));
}

void ClientEnd::transmit_held() {
  if (!held_ || resetting_) return;
  const SecretBytes command = std::exchange(held_, std::nullopt).value();
  card_.transmit(command.clone(), held_session_, [this](std::optional<SecretBytes> response) {
    if (response) {
      perform(machine_->respond(kReader, std::move(*response), now()));
    } else {
      perform(machine_->no_answer(kReader, now()));
    }
  });
}

void ClientEnd::drop_held() {
  if (std::exchange(held_, std::nullopt)) perform(machine_->no_answer(kReader, now()));
}

void ClientEnd::reset_card() {
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
