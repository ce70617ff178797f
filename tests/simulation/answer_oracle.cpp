#include "tests/simulation/answer_oracle.hpp"

#include "ccid-passthru/ccid/reader.hpp"
#include "tests/fakes/ccid_text.hpp"

#include <algorithm>

namespace vscard::tests::simulation {
namespace {

using ccid::CommandType;

/// What a guest takes to read on, and to send the other half of an abort.
constexpr std::chrono::milliseconds kGuestsOwnTime{200};

bool ends_a_transfer(CommandType type) {
  return type == CommandType::IccPowerOn || type == CommandType::IccPowerOff ||
         type == CommandType::Abort;
}

}  // namespace

void AnswerOracle::sent(const ccid::Command& command) {
  const bool busy = owes_transfer();
  if (busy && ends_a_transfer(command.type)) aborted();
  if (command.type == CommandType::IccPowerOff) active_after_.reset();
  owed_.push_back({.type = command.type,
                   .seq = command.seq,
                   .since = around_.clock.now(),
                   .sign_of_life = around_.clock.now(),
                   .may_be_refused = busy});
}

void AnswerOracle::aborted() {
  for (Debt& debt : owed_) debt.may_be_aborted = true;
}

bool AnswerOracle::owes(CommandType type) const {
  return std::ranges::find(owed_, type, &Debt::type) != owed_.end();
}

void AnswerOracle::arrived(protocol::Bytes message) {
  const bool sound = message.size() >= ccid::kHeaderSize &&
                     ccid::announced_length(message) == message.size() - ccid::kHeaderSize &&
                     message[5] == 0;
  const auto debt = std::ranges::find_if(owed_, [&](const Debt& it) {
    return sound && message[0] == static_cast<std::uint8_t>(ccid::reply_type(it.type)) &&
           message[6] == static_cast<std::uint8_t>(it.seq);
  });
  if (debt == owed_.end()) {
    around_.trace.violation("a message that answers no command: " + fakes::text_of(message));
    return;
  }
  accept(*debt, message);
  const bool extension = (message[7] & 0xc0) == 0x80;
  if (!extension) owed_.erase(debt);
}

void AnswerOracle::accept(Debt& debt, protocol::Bytes message) {
  debt.sign_of_life = around_.clock.now();
  const ccid::CommandStatus status{static_cast<std::uint8_t>(message[7] & 0xc0)};
  switch (status) {
    case ccid::CommandStatus::Success:
      if (!around_.trouble.lasts()) note_success(message);
      return;
    case ccid::CommandStatus::Failed:
      check_error(debt, message);
      return;
    case ccid::CommandStatus::TimeExtension:
      if (debt.type != CommandType::XfrBlock)
        around_.trace.violation("waiting for more than a card");
      return;
  }
  around_.trace.violation("no such status: " + fakes::text_of(message));
}

/// Of a command that was not sent before the card lost its power.
void AnswerOracle::note_success(protocol::Bytes message) {
  const ccid::IccStatus card{static_cast<std::uint8_t>(message[7] & 0x03)};
  if (card == ccid::IccStatus::Active && !owes(CommandType::IccPowerOff)) {
    active_after_ = around_.trouble.made();
  }
}

/// A guest that has been told of all trouble knows that there is a card, which it can power.
/// Whether that has lost its power it sees by an answer.
bool AnswerOracle::may_be_mute(const Debt& debt) const {
  if (around_.trouble.lasts()) return true;
  return debt.type == CommandType::XfrBlock && active_after_ != around_.trouble.made();
}

void AnswerOracle::check_error(const Debt& debt, protocol::Bytes message) {
  const ccid::Error error{message[8]};
  const bool right = (error == ccid::Error::IccMute && may_be_mute(debt)) ||
                     (error == ccid::Error::Aborted && debt.may_be_aborted) ||
                     (error == ccid::Error::SlotBusy && debt.may_be_refused);
  if (!right) around_.trace.violation("an error for no reason: " + fakes::text_of(message));
}

void AnswerOracle::check() const {
  const Time now = around_.clock.now();
  for (const Debt& debt : owed_) {
    if (now - debt.sign_of_life > ccid::kExtensionInterval + kGuestsOwnTime) {
      around_.trace.violation("the guest hears nothing of its command");
    }
    // It may wait for a late answer to the one before, and then for its own.
    if (now - debt.since > 2 * limit_ + kGuestsOwnTime)
      around_.trace.violation("no answer in time");
  }
}

}  // namespace vscard::tests::simulation
