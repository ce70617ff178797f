#include "ccid-passthru/ccid/reader.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <utility>

namespace vscard::ccid_passthru::ccid {
namespace {

using protocol::vsc::PowerAction;

constexpr Slot kOnlySlot{0};

/// bPowerSelect: automatic, 5 V, 3 V, 1.8 V; all the same to a card that is elsewhere.
constexpr std::uint8_t kMaxPowerSelect = 3;

bool takes_no_data(CommandType type) {
  switch (type) {
    case CommandType::IccPowerOn:
    case CommandType::IccPowerOff:
    case CommandType::GetSlotStatus:
    case CommandType::GetParameters:
    case CommandType::ResetParameters:
    case CommandType::Abort:
      return true;
    case CommandType::SetParameters:
    case CommandType::XfrBlock:
    case CommandType::Secure:
    case CommandType::T0Apdu:
    case CommandType::Escape:
    case CommandType::IccClock:
    case CommandType::Mechanical:
    case CommandType::SetDataRateAndClockFrequency:
      break;
  }
  return false;
}

bool ends_a_pending_command(CommandType type) {
  return type == CommandType::IccPowerOn || type == CommandType::IccPowerOff ||
         type == CommandType::Abort;
}

}  // namespace

Reader::Actions Reader::receive(protocol::Bytes message, protocol::Time now) {
  Actions out;
  const auto parsed = parse_command(message);
  if (!parsed) return out;
  const auto& [command, length_ok] = *parsed;
  const bool another_slot = command.slot != kOnlySlot;
  if (abort_state_ == AbortState::MessageSeen && !another_slot) give_up_abort(out);

  const bool aborts = command.type == CommandType::Abort && command.seq == abort_seq_;
  std::optional<Reply> reply;
  if (another_slot) {
    reply = failure(command, Error::BadSlot);
  } else if (!length_ok || (takes_no_data(command.type) && !command.data.empty())) {
    reply = failure(command, Error::BadLength);
  } else if (abort_state_ == AbortState::ControlSeen && !aborts) {
    reply = failure(command, Error::Aborted);
  } else if (pending_ && !ends_a_pending_command(command.type)) {
    reply = failure(command, Error::SlotBusy);
  } else {
    drop_pending(Error::Aborted, out);
    reply = execute(command, now, out);
  }
  if (reply) answer(*reply, out);
  if (response_chain_.done()) response_chain_.clear();
  return out;
}

/// Nothing: the answer comes later.
std::optional<Reply> Reader::execute(const Command& command, protocol::Time now, Actions& out) {
  switch (command.type) {
    case CommandType::IccPowerOn:
      return power_on(command, out);
    case CommandType::IccPowerOff:
      return power_off(command, out);
    case CommandType::GetSlotStatus:
      return slot_status(command, now);
    case CommandType::XfrBlock:
      return transfer(command, now, out);
    case CommandType::GetParameters:
      return get_parameters(command);
    case CommandType::ResetParameters:
      return reset_parameters(command);
    case CommandType::SetParameters:
      return set_parameters(command);
    case CommandType::Abort:
      return abort_message(command);
    // What the class descriptor does not announce: vendor commands, a PIN pad, motors, a clock that
    // the guest controls, and what goes on between reader and card below the APDU.
    case CommandType::Escape:
    case CommandType::Secure:
    case CommandType::Mechanical:
    case CommandType::IccClock:
    case CommandType::SetDataRateAndClockFrequency:
    case CommandType::T0Apdu:
      break;
  }
  return failure(command, Error::NotSupported);
}

Reply Reader::power_on(const Command& command, Actions& out) {
  clear_chains();
  if (!card_) return failure(command, Error::IccMute);
  if (command.specific[0] > kMaxPowerSelect) return failure(command, Error::BadPowerSelect);
  if (std::exchange(card_->active, true)) out.emplace_back(PowerCard{PowerAction::ColdReset});
  card_->parameters = Parameters(card_->atr);
  return success(command, 0, card_->atr.bytes());
}

Reply Reader::power_off(const Command& command, Actions& out) {
  clear_chains();
  power_down(out);
  return success(command);
}

void Reader::power_down(Actions& out) {
  const bool powered = card_ && std::exchange(card_->active, false);
  if (powered) out.emplace_back(PowerCard{PowerAction::Down});
}

Reply Reader::slot_status(const Command& command, protocol::Time now) {
  const bool knew_a_card = std::exchange(told_, card_.has_value());
  if (knew_a_card && !card_) empty_until_ = now + kEmptyTime;
  return success(command);
}

std::optional<Reply> Reader::transfer(const Command& command, protocol::Time now, Actions& out) {
  if (!card_ || !card_->active) return failure(command, Error::IccMute);
  const Chain chain{command.level_parameter()};
  if (chain == Chain::Next) return continue_response(command);

  response_chain_.clear();
  if (const auto added = command_chain_.add(chain, command.data); !added) {
    return failure(command, added.error());
  }
  if (chain == Chain::First || chain == Chain::Middle) {
    return success(command, static_cast<std::uint8_t>(Chain::Next));
  }
  protocol::SecretBytes apdu = command_chain_.take();
  if (apdu.size() < protocol::iso7816::kApduHeader) return failure(command, Error::BadLength);
  pending_ = Pending{.seq = command.seq, .next_extension = now + kExtensionInterval};
  out.emplace_back(Transmit{std::move(apdu)});
  return std::nullopt;
}

Reply Reader::continue_response(const Command& command) {
  if (!command.data.empty()) return failure(command, Error::BadLength);
  return response_part(command);
}

Reply Reader::response_part(const Command& command) {
  const auto part = response_chain_.next(limits_.max_reply() - kHeaderSize);
  if (!part) return failure(command, Error::BadLevelParameter);
  return success(command, static_cast<std::uint8_t>(part->chain), part->bytes);
}

Reply Reader::get_parameters(const Command& command) const {
  if (!card_) return failure(command, Error::IccMute);
  return success(command, card_->parameters.protocol(), card_->parameters.bytes());
}

Reply Reader::reset_parameters(const Command& command) {
  if (card_) card_->parameters = Parameters(card_->atr);
  return get_parameters(command);
}

Reply Reader::set_parameters(const Command& command) {
  if (!card_) return failure(command, Error::IccMute);
  const std::uint8_t protocol = command.specific[0];
  if (Parameters::size_for(protocol) == 0 || !offers(card_->atr, protocol)) {
    return failure(command, Error::BadProtocol);
  }
  if (!card_->parameters.set(protocol, command.data)) return failure(command, Error::BadLength);
  return get_parameters(command);
}

std::optional<Reply> Reader::abort_message(const Command& command) {
  clear_chains();
  if (abort_state_ == AbortState::ControlSeen) {
    abort_state_ = AbortState::None;
    return success(command);
  }
  abort_state_ = AbortState::MessageSeen;
  abort_seq_ = command.seq;
  return std::nullopt;
}

Reader::Actions Reader::abort(Seq seq) {
  Actions out;
  clear_chains();
  if (abort_state_ == AbortState::MessageSeen && abort_seq_ == seq) {
    abort_state_ = AbortState::None;
    answer(success(unanswered(CommandType::Abort, seq)), out);
    return out;
  }
  if (abort_state_ == AbortState::MessageSeen) give_up_abort(out);
  drop_pending(Error::Aborted, out);
  abort_state_ = AbortState::ControlSeen;
  abort_seq_ = seq;
  return out;
}

/// The message's other half does not come: a command has come instead.
void Reader::give_up_abort(Actions& out) {
  abort_state_ = AbortState::None;
  answer(failure(unanswered(CommandType::Abort, abort_seq_), Error::Aborted), out);
}

/// The pending command gets its answer now instead of from the card.
void Reader::drop_pending(Error error, Actions& out) {
  if (!pending_) return;
  out.emplace_back(AbortTransmit{});
  answer(failure(unanswered(CommandType::XfrBlock, pending_->seq), error), out);
  pending_.reset();
}

Reader::Actions Reader::abandon() {
  Actions out;
  if (abort_state_ == AbortState::MessageSeen) abort_state_ = AbortState::None;
  if (pending_) out.emplace_back(AbortTransmit{});
  pending_.reset();
  return out;
}

Reader::Actions Reader::restart() {
  Actions out = abandon();
  abort_state_ = AbortState::None;
  clear_chains();
  change_slot(out);
  return out;
}

Reader::Actions Reader::reset() {
  Actions out = restart();
  power_down(out);
  told_ = false;
  return out;
}

void Reader::clear_chains() {
  command_chain_.clear();
  response_chain_.clear();
}

IccStatus Reader::icc_status() const {
  if (!card_) return IccStatus::Absent;
  return card_->active ? IccStatus::Active : IccStatus::Inactive;
}

void Reader::answer(const Reply& reply, Actions& out) { out.emplace_back(Answer{reply.encode()}); }

Reply Reader::success(const Command& command, std::uint8_t specific, protocol::Bytes data) const {
  return {.type = reply_type(command.type),
          .slot = command.slot,
          .seq = command.seq,
          .icc = icc_status(),
          .specific = specific,
          .data = data};
}

Reply Reader::failure(const Command& command, Error error) const {
  return {.type = reply_type(command.type),
          .slot = command.slot,
          .seq = command.seq,
          .icc = command.slot == kOnlySlot ? icc_status() : IccStatus::Absent,
          .status = CommandStatus::Failed,
          .error = static_cast<std::uint8_t>(error),
          .data = {}};
}

}  // namespace vscard::ccid_passthru::ccid
