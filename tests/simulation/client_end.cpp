#include "tests/simulation/client_end.hpp"

#include "tests/simulation/client_card.hpp"

#include <utility>

namespace vscard::tests::simulation {

using protocol::vsc::VscClient;

ClientEnd::ClientEnd(Surroundings& around, std::unique_ptr<CheckedClient> machine)
    : VscEnd(around, "client"), machine_(std::move(machine)) {}

void ClientEnd::add(ReaderId reader, ClientCard& card) {
  cards_.emplace(reader, &card);
  perform(machine_->add_reader(reader, "simulated", now()));
}

void ClientEnd::leave() {
  if (!serving()) return;
  around_.trouble.make();
  perform(machine_->leave(now()));
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
  for (const auto& [reader, card] : cards_) card->reset();
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
      cards_.at(transmission->reader)->transmit(std::move(transmission->command));
    } else if (const auto* reset = std::get_if<VscClient::Reset>(&action)) {
      cards_.at(reset->reader)->reset();
    } else if (std::holds_alternative<VscClient::CardRefused>(action) ||
               std::holds_alternative<VscClient::ReaderRefused>(action)) {
      around_.trace.violation("the host refuses a card, or its reader");
    }
  }
}

}  // namespace vscard::tests::simulation
