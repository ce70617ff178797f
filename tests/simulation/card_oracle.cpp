#include "tests/simulation/card_oracle.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>

namespace vscard::tests::simulation {

NumberedCommand CardOracle::send(std::size_t size, std::size_t response_size, CardKind to) {
  const auto number = static_cast<std::uint32_t>(records_.size() + 1);
  records_.push_back({.command = {number, size, response_size}, .to = to});
  return records_.back().command;
}

void CardOracle::executed(protocol::Bytes bytes, CardKind by, SessionNumber session) {
  const auto command = NumberedCommand::parse(bytes);
  if (!command || command->number == 0 || command->number > records_.size() ||
      *command != records_[command->number - 1].command) {
    trace_.violation("the card gets a command that the guest has not sent");
    return;
  }
  Record& record = records_[command->number - 1];
  if (bytes.size() > peer_.max_command) trace_.violation("a command is too long for the client");
  if (record.executed) trace_.violation("a command is executed twice");
  if (command->number < last_executed_) trace_.violation("a command is overtaken by a later one");
  if (record.to != by) trace_.violation("a command is executed by another card");
  if (session_ && *session_ != session) trace_.violation("a session inherits the card's state");
  record.executed = true;
  last_executed_ = command->number;
  session_ = session;
}

void CardOracle::answered(const NumberedCommand& command, protocol::Bytes response) {
  const auto wrong_length =
      protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::WrongLength);
  if (command.size > peer_.max_command && std::ranges::equal(response, wrong_length)) return;
  const Record& record = records_.at(command.number - 1);
  if (!std::ranges::equal(response, command.response().view())) {
    trace_.violation("a command gets another one's response, or a part of its own");
  } else if (!record.executed) {
    trace_.violation("a response without an execution");
  } else if (response.size() > peer_.max_response) {
    trace_.violation("a response is longer than the host takes");
  }
}

}  // namespace vscard::tests::simulation
