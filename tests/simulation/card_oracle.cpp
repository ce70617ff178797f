#include "tests/simulation/card_oracle.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>

namespace vscard::tests::simulation {

NumberedCommand CardOracle::send(std::size_t size, std::size_t response_size, Addressee to) {
  const auto number = before_ + static_cast<std::uint32_t>(records_.size() + 1);
  records_.push_back({.command = {number, size, response_size}, .to = to});
  return records_.back().command;
}

void CardOracle::executed(protocol::Bytes bytes, CardKind by, SessionNumber session) {
  const auto command = NumberedCommand::parse(bytes);
  Record* const known = command ? find(*command) : nullptr;
  if (known == nullptr) {
    check(false, "the card gets a command that the guest has not sent");
    return;
  }
  Record& record = *known;
  check(bytes.size() <= peer_.max_command, "a command is too long for the client");
  check(!record.executed, "a command is executed twice");
  check(command->number >= last_executed_, "a command is overtaken by a later one");
  check(record.to.card == by, "a command is executed by another card");
  check(record.to.as_powered, "a command is executed by a card that the guest knows to be reset");
  check(!session_ || *session_ == session, "a session inherits the card's state");
  if (command->response_size > peer_.max_response) around_.trouble.make();  // no answer to it
  record.executed = true;
  last_executed_ = command->number;
  session_ = session;
}

void CardOracle::answered(const NumberedCommand& command, protocol::Bytes response) {
  const auto wrong_length =
      protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::WrongLength);
  if (command.size > peer_.max_command && std::ranges::equal(response, wrong_length)) return;
  check(std::ranges::equal(response, command.response().view()),
        "a command gets another one's response, or a part of its own");
  check(records_.at(command.number - before_ - 1).executed, "a response without an execution");
  check(response.size() <= peer_.max_response, "a response is longer than the host takes");
}

/// Null: the guest has not sent it.
CardOracle::Record* CardOracle::find(const NumberedCommand& command) {
  const std::size_t place = std::size_t{command.number} - before_ - 1;
  if (place >= records_.size() || records_[place].command != command) return nullptr;
  return &records_[place];
}

void CardOracle::check(bool right, const char* rule) {
  if (!right) around_.trace.violation(rule);
}

}  // namespace vscard::tests::simulation
