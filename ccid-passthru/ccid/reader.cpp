#include "ccid-passthru/ccid/reader.hpp"

#include "protocol/apdu.hpp"

#include <utility>

namespace vscard::ccid {
namespace {

constexpr Slot kOnlySlot{0};

/// bPowerSelect: automatic, 5 V, 3 V, 1.8 V; all the same to a card that is elsewhere.
constexpr std::uint8_t kMaxPowerSelect = 3;

/// bError of a time extension: the host waits this many times its usual time.
constexpr std::uint8_t kExtensionMultiplier = 1;

constexpr std::uint8_t kNotifySlotChange = 0x50;
constexpr std::uint8_t kCardPresent = 0x01;
constexpr std::uint8_t kChanged = 0x02;

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
  const auto [command, length_ok] = parse_command(message);
  if (command.slot != kOnlySlot) {
    refuse(command, Error::BadSlot, out);
    return out;
  }
  if (abort_state_ == AbortState::MessageSeen) give_up_abort(out);
  if (!length_ok || (takes_no_data(command.type) && !command.data.empty())) {
    refuse(command, Error::BadLength, out);
    return out;
  }
  const bool aborts = command.type == CommandType::Abort && command.seq == abort_seq_;
  if (abort_state_ == AbortState::ControlSeen && !aborts) {
    refuse(command, Error::Aborted, out);
    return out;
  }
  if (pending_ && !ends_a_pending_command(command.type)) {
    refuse(command, Error::SlotBusy, out);
    return out;
  }
  drop_pending(Error::Aborted, out);
  execute(command, now, out);
  return out;
}

void Reader::execute(const Command& command, protocol::Time now, Actions& out) {
  switch (command.type) {
    case CommandType::IccPowerOn:
      return power_on(command, out);
    case CommandType::IccPowerOff:
      return power_off(command, out);
    case CommandType::GetSlotStatus:
      return succeed(command, 0, {}, out);
    case CommandType::XfrBlock:
      return transfer(command, now, out);
    case CommandType::GetParameters:
      return get_parameters(command, out);
    case CommandType::ResetParameters:
      return reset_parameters(command, out);
    case CommandType::SetParameters:
      return set_parameters(command, out);
    case CommandType::Abort:
      return abort_message(command, out);
    // What the class descriptor does not announce: vendor commands, a PIN pad, motors, a clock that
    // the host controls, and what goes on between reader and card below the APDU.
    case CommandType::Escape:
    case CommandType::Secure:
    case CommandType::Mechanical:
    case CommandType::IccClock:
    case CommandType::SetDataRateAndClockFrequency:
    case CommandType::T0Apdu:
      break;
  }
  refuse(command, Error::NotSupported, out);
}

void Reader::power_on(const Command& command, Actions& out) {
  clear_chains();
  if (!card_) return refuse(command, Error::IccMute, out);
  if (command.specific[0] > kMaxPowerSelect) return refuse(command, Error::BadPowerSelect, out);
  card_->active = true;
  card_->parameters = Parameters(card_->atr);
  succeed(command, 0, card_->atr.bytes(), out);
}

void Reader::power_off(const Command& command, Actions& out) {
  clear_chains();
  if (card_) card_->active = false;
  succeed(command, 0, {}, out);
}

void Reader::transfer(const Command& command, protocol::Time now, Actions& out) {
  if (!card_ || !card_->active) return refuse(command, Error::IccMute, out);
  const Chain chain{command.level_parameter()};
  if (chain == Chain::Next) return continue_response(command, out);

  response_chain_.clear();
  if (const auto added = command_chain_.add(chain, command.data); !added) {
    return refuse(command, added.error(), out);
  }
  if (chain == Chain::First || chain == Chain::Middle) {
    return succeed(command, static_cast<std::uint8_t>(Chain::Next), {}, out);
  }
  protocol::SecretBytes apdu = command_chain_.take();
  if (apdu.size() < protocol::kApduHeader) return refuse(command, Error::BadLength, out);
  pending_ = Pending{command.seq, now + kExtensionInterval};
  out.push_back(Transmit{std::move(apdu)});
}

void Reader::continue_response(const Command& command, Actions& out) {
  if (!command.data.empty()) return refuse(command, Error::BadLength, out);
  if (response_chain_.done()) return refuse(command, Error::BadLevelParameter, out);
  send_response_part(command.seq, out);
}

void Reader::send_response_part(Seq seq, Actions& out) {
  const ResponseChain::Part part = response_chain_.next(limits_.max_reply() - kHeaderSize);
  answer({.type = ReplyType::DataBlock,
          .seq = seq,
          .icc = icc_status(),
          .specific = static_cast<std::uint8_t>(part.chain),
          .data = part.bytes},
         out);
  if (response_chain_.done()) response_chain_.clear();
}

void Reader::get_parameters(const Command& command, Actions& out) {
  if (!card_) return refuse(command, Error::IccMute, out);
  succeed(command, card_->parameters.protocol(), card_->parameters.bytes(), out);
}

void Reader::reset_parameters(const Command& command, Actions& out) {
  if (card_) card_->parameters = Parameters(card_->atr);
  get_parameters(command, out);
}

void Reader::set_parameters(const Command& command, Actions& out) {
  if (!card_) return refuse(command, Error::IccMute, out);
  const std::uint8_t protocol = command.specific[0];
  const std::size_t size = Parameters::size_for(protocol);
  if (size == 0 || !offers(card_->atr, protocol)) return refuse(command, Error::BadProtocol, out);
  if (command.data.size() != size) return refuse(command, Error::BadLength, out);
  card_->parameters.set(protocol, command.data);
  get_parameters(command, out);
}

void Reader::abort_message(const Command& command, Actions& out) {
  clear_chains();
  if (abort_state_ == AbortState::ControlSeen) {
    abort_state_ = AbortState::None;
    return succeed(command, 0, {}, out);
  }
  abort_state_ = AbortState::MessageSeen;
  abort_seq_ = command.seq;
}

Reader::Actions Reader::abort(Seq seq) {
  Actions out;
  clear_chains();
  if (abort_state_ == AbortState::MessageSeen && abort_seq_ == seq) {
    abort_state_ = AbortState::None;
    answer({.type = ReplyType::SlotStatus, .seq = seq, .icc = icc_status(), .data = {}}, out);
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
  refuse({.type = CommandType::Abort, .seq = abort_seq_, .data = {}}, Error::Aborted, out);
}

/// The pending command gets its answer now instead of from the card.
void Reader::drop_pending(Error error, Actions& out) {
  if (!pending_) return;
  out.push_back(AbortTransmit{});
  refuse({.type = CommandType::XfrBlock, .seq = pending_->seq, .data = {}}, error, out);
  pending_.reset();
}

Reader::Actions Reader::abandon() {
  Actions out;
  if (abort_state_ == AbortState::MessageSeen) abort_state_ = AbortState::None;
  if (pending_) out.push_back(AbortTransmit{});
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
  if (card_) card_->active = false;
  return restart();
}

Reader::Actions Reader::insert_card(const protocol::Atr& atr, protocol::Time now) {
  Actions out;
  if (card_ && card_->atr == atr) {
    reset_card(out);
    return out;
  }
  if (card_) hide_card(now, out);
  if (now < empty_until_) {
    arriving_ = atr;
  } else {
    show_card(atr, out);
  }
  return out;
}

/// A host that finds a powered card inactive takes it for a new one: so it must look now.
void Reader::reset_card(Actions& out) {
  drop_pending(Error::IccMute, out);
  clear_chains();
  if (std::exchange(card_->active, false)) change_slot(out);
}

Reader::Actions Reader::remove_card(protocol::Time now) {
  Actions out;
  arriving_.reset();
  if (card_) hide_card(now, out);
  return out;
}

void Reader::show_card(const protocol::Atr& atr, Actions& out) {
  card_ = Card{atr, Parameters(atr)};
  arriving_.reset();
  change_slot(out);
}

void Reader::hide_card(protocol::Time now, Actions& out) {
  card_.reset();
  drop_pending(Error::IccMute, out);
  clear_chains();
  empty_until_ = now + kEmptyTime;
  change_slot(out);
}

Reader::Actions Reader::respond(protocol::SecretBytes response) {
  if (response.size() < protocol::kStatusWord) return fail(protocol::Errc::CardFailed);
  Actions out;
  if (!pending_) return out;
  const Seq seq = std::exchange(pending_, std::nullopt)->seq;
  response_chain_.start(std::move(response));
  send_response_part(seq, out);
  return out;
}

Reader::Actions Reader::fail(protocol::Errc reason) {
  Actions out;
  if (!pending_) return out;
  answer({.type = ReplyType::DataBlock,
          .seq = std::exchange(pending_, std::nullopt)->seq,
          .icc = reason == protocol::Errc::CardFailed ? icc_status() : IccStatus::Absent,
          .status = CommandStatus::Failed,
          .error = static_cast<std::uint8_t>(Error::IccMute),
          .data = {}},
         out);
  return out;
}

std::optional<protocol::Time> Reader::deadline() const {
  if (pending_) return pending_->next_extension;
  if (arriving_) return empty_until_;
  return std::nullopt;
}

Reader::Actions Reader::expire(protocol::Time now) {
  Actions out;
  if (pending_ && now >= pending_->next_extension) {
    pending_->next_extension = now + kExtensionInterval;
    const Reply extension{.type = ReplyType::DataBlock,
                          .seq = pending_->seq,
                          .icc = icc_status(),
                          .status = CommandStatus::TimeExtension,
                          .error = kExtensionMultiplier,
                          .data = {}};
    out.push_back(TimeExtension{extension.encode()});
  }
  if (arriving_ && now >= empty_until_) show_card(*arriving_, out);
  return out;
}

void Reader::change_slot(Actions& out) {
  notification_due_ = true;
  out.push_back(SlotChanged{});
}

Reader::Actions Reader::announce_slot() {
  Actions out;
  change_slot(out);
  return out;
}

std::optional<Notification> Reader::take_notification() {
  if (!std::exchange(notification_due_, false)) return std::nullopt;
  const unsigned slot = card_ ? kChanged | kCardPresent : kChanged;
  return Notification{kNotifySlotChange, static_cast<std::uint8_t>(slot)};
}

void Reader::clear_chains() {
  command_chain_.clear();
  response_chain_.clear();
}

IccStatus Reader::icc_status() const {
  if (!card_) return IccStatus::Absent;
  return card_->active ? IccStatus::Active : IccStatus::Inactive;
}

void Reader::answer(const Reply& reply, Actions& out) { out.push_back(Answer{reply.encode()}); }

void Reader::succeed(const Command& command, std::uint8_t specific, protocol::Bytes data,
                     Actions& out) const {
  answer({.type = reply_type(command.type),
          .slot = command.slot,
          .seq = command.seq,
          .icc = icc_status(),
          .specific = specific,
          .data = data},
         out);
}

void Reader::refuse(const Command& command, Error error, Actions& out) const {
  answer({.type = reply_type(command.type),
          .slot = command.slot,
          .seq = command.seq,
          .icc = command.slot == kOnlySlot ? icc_status() : IccStatus::Absent,
          .status = CommandStatus::Failed,
          .error = static_cast<std::uint8_t>(error),
          .data = {}},
         out);
}

}  // namespace vscard::ccid
