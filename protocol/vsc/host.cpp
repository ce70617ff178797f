#include "protocol/vsc/host.hpp"

#include <algorithm>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

/// Commands that were cancelled and have no answer yet: they are kept while a line is broken.
constexpr std::size_t kMaxCancelled = 8;
/// The one reader of a stock client.

VscHost::Send answer(ReaderId reader, ErrorCode code) { return {{reader, Error{code}}}; }

ReaderId next(ReaderId id) { return ReaderId{static_cast<std::uint32_t>(id) + 1}; }

}  // namespace

VscHost::VscHost(PeerLimits client, Duration apdu_timeout, Duration silence,
                 std::uint32_t max_readers)
    : client_(client),
      apdu_timeout_(apdu_timeout),
      max_readers_(max_readers),
      keepalive_(silence) {}

void VscHost::start(Time now) {
  state_ = State::Greeting;
  greeting_deadline_ = now + kAnswerTimeout;
}

VscHost::Actions VscHost::receive(Message message, Time now) {
  Actions out;
  keepalive_.heard(now);
  switch (state_) {
    case State::Idle:
    case State::Ended:
      break;
    case State::Greeting:
      receive_greeting(message, out);
      break;
    case State::Introducing:
      receive_hello(message, out, now);
      break;
    case State::Talking:
      receive_talk(std::move(message), out, now);
      break;
  }
  return out;
}

VscHost::Actions VscHost::lost() {
  Actions out;
  drop_all(Errc::LinkLost, out);
  return out;
}

bool VscHost::pending(ReaderId reader) const {
  const auto found = readers_.find(reader);
  return found != readers_.end() && (found->second.busy || found->second.held.has_value());
}

VscHost::Actions VscHost::transmit(ReaderId reader, SecretBytes command, Time now) {
  Actions out;
  if (pending(reader)) {
    out.push_back(NoAnswer{reader, Errc::TooManyCommands});
    return out;
  }
  const auto found = readers_.find(reader);
  if (state_ != State::Talking || found == readers_.end() || !found->second.atr ||
      found->second.mute) {
    out.push_back(NoAnswer{reader, Errc::NoCard});
    return out;
  }
  if (command.size() > client_.max_command) {
    out.push_back(Response{
        reader, SecretBytes::copy_of(iso7816::status_bytes(iso7816::StatusWord::WrongLength))});
    return out;
  }
  Reader& slot = found->second;
  if (auto known = slot.ahead.take(command.view())) {
    out.push_back(Response{reader, std::move(*known)});
    return out;
  }
  if (slot.late >= max_late_) {
    slot.held = std::move(command);
    return out;
  }
  send_command(reader, slot, std::move(command), out);
  slot.deadline = now + apdu_timeout_;
  return out;
}

void VscHost::send_command(ReaderId id, Reader& reader, SecretBytes command, Actions& out) {
  reader.busy = true;
  reader.used = true;
  out.push_back(Send{{id, Apdu{std::move(command)}}});
}

VscHost::Actions VscHost::power(ReaderId reader, PowerAction action) {
  const auto found = readers_.find(reader);
  const bool useful = state_ == State::Talking && has_power_ && found != readers_.end() &&
                      found->second.atr && std::exchange(found->second.used, false);
  Actions out;
  if (!useful) return out;
  found->second.ahead.clear();
  out.push_back(Send{{reader, Power{action}}});
  return out;
}

VscHost::Actions VscHost::abort(ReaderId reader, Time now) {
  Actions out;
  const auto found = readers_.find(reader);
  if (found == readers_.end()) return out;
  Reader& slot = found->second;
  slot.held.reset();
  slot.ahead.clear();
  if (!std::exchange(slot.busy, false)) return out;
  ++slot.late;
  slot.deadline = now + apdu_timeout_;
  if (cancels_ && state_ == State::Talking) out.push_back(Send{{reader, Cancel{}}});
  return out;
}

VscHost::Actions VscHost::withdraw(ReaderId reader, Use why, Time now) {
  const auto found = readers_.find(reader);
  if (found == readers_.end()) return {};
  Actions out = abort(reader, now);
  for (auto& action : power(reader, PowerAction::Down)) out.push_back(std::move(action));
  set_use(reader, found->second, why, out);
  return out;
}

VscHost::Actions VscHost::offer(ReaderId reader) {
  Actions out;
  const auto found = readers_.find(reader);
  if (found == readers_.end()) return out;
  set_use(reader, found->second, Use::Ready, out);
  if (found->second.atr && !found->second.mute) {
    out.push_back(CardInserted{reader, *found->second.atr});
  }
  return out;
}

void VscHost::set_use(ReaderId id, Reader& reader, Use use, Actions& out) const {
  if (std::exchange(reader.use, use) == use || !takes_use_ || state_ != State::Talking) return;
  out.push_back(Send{{id, ReaderUse{use}}});
}

std::optional<Time> VscHost::deadline() const {
  if (greeting()) return greeting_deadline_;
  if (state_ != State::Talking) return std::nullopt;
  std::optional<Time> first = keepalive_.deadline();
  for (const auto& [id, reader] : readers_) {
    if (!reader.at_client() || reader.mute) continue;
    first = first ? std::min(*first, reader.deadline) : reader.deadline;
  }
  return first;
}

VscHost::Actions VscHost::expire(Time now) {
  Actions out;
  if (greeting() && now >= greeting_deadline_) {
    end(Errc::NoAnswer, out);
    return out;
  }
  const auto due = state_ == State::Talking ? keepalive_.expire(now) : Keepalive::Due::Nothing;
  if (due == Keepalive::Due::Ping) out.push_back(Send{{kUndefinedReader, keepalive_.ping(now)}});
  if (due == Keepalive::Due::End) out.emplace_back(Silent{});
  if (state_ != State::Talking) return out;
  for (auto& [id, reader] : readers_) {
    if (!reader.at_client() || reader.mute || now < reader.deadline) continue;
    if (reader.busy || reader.held) out.push_back(NoAnswer{id, Errc::NoAnswer});
    if (std::exchange(reader.busy, false)) ++reader.late;
    reader.held.reset();
    reader.ahead.clear();
    reader.mute = true;
    out.push_back(CardRemoved{id});
  }
  return out;
}

void VscHost::receive_greeting(const Message& message, Actions& out) {
  const auto* init = std::get_if<Init>(&message.body);
  if (init == nullptr) {
    end(Errc::UnexpectedMessage, out);
    return;
  }
  if ((init->capabilities & kExtension) == 0) {
    state_ = State::Talking;
    out.push_back(Send{{kUndefinedReader, Init{}}});
    return;
  }
  state_ = State::Introducing;
  out.push_back(Send{{kUndefinedReader, Init{.capabilities = kExtension}}});
  out.push_back(
      Send{{kUndefinedReader, ExtHello{.max_apdu = kMaxPayload,
                                       .features = kAheadFeature | kPingFeature | kWorkingFeature,
                                       .readers = max_readers_}}});
}

void VscHost::receive_hello(const Message& message, Actions& out, Time now) {
  if (std::holds_alternative<Unknown>(message.body)) return;
  const auto* hello = std::get_if<ExtHello>(&message.body);
  if (hello == nullptr) {
    end(Errc::UnexpectedMessage, out);
    return;
  }
  client_ = {.max_command = hello->max_apdu, .max_response = hello->max_apdu};
  extended_ = true;
  has_power_ = (hello->features & kPowerFeature) != 0;
  cancels_ = (hello->features & kCancelFeature) != 0;
  takes_use_ = (hello->features & kReaderUseFeature) != 0;
  if (cancels_) max_late_ = kMaxCancelled;
  state_ = State::Talking;
  if ((hello->features & kPingFeature) == 0) return;
  out.push_back(Send{{kUndefinedReader, keepalive_.start(now)}});
}

void VscHost::receive_talk(Message message, Actions& out, Time now) {
  const ReaderId id = located(message.reader);
  if (extended_ && of_extension(message.body)) {
    receive_extension(id, message.body, out, now);
    return;
  }
  if (const auto* add = std::get_if<ReaderAdd>(&message.body)) {
    receive_reader_add(add->name, out);
  } else if (std::holds_alternative<ReaderRemove>(message.body)) {
    remove_reader(id, out);
    out.push_back(answer(message.reader, ErrorCode::Success));
  } else if (const auto* card = std::get_if<CardAtr>(&message.body)) {
    insert_card(id, card->atr.view(), out);
  } else if (std::holds_alternative<CardRemove>(message.body)) {
    remove_card(id, out);
    out.push_back(answer(message.reader, ErrorCode::Success));
  } else if (auto* apdu = std::get_if<Apdu>(&message.body)) {
    finish_exchange(id, std::move(apdu->bytes), out, now);
  } else if (std::holds_alternative<Error>(message.body)) {
    finish_exchange(id, std::nullopt, out, now);
  } else if (std::holds_alternative<Flush>(message.body) || of_extension(message.body)) {
    out.push_back(answer(message.reader, ErrorCode::General));
  }
  // A second Init and a FlushComplete that nobody asked for mean nothing.
}

void VscHost::receive_extension(ReaderId id, Body& body, Actions& out, Time now) {
  if (std::holds_alternative<Ahead>(body) || std::holds_alternative<Working>(body)) {
    const auto found = readers_.find(id);
    if (found == readers_.end() || !found->second.busy || found->second.late > 0) return;
    if (auto* ahead = std::get_if<Ahead>(&body)) found->second.ahead.put(std::move(*ahead));
    if (std::holds_alternative<Working>(body)) found->second.deadline = now + apdu_timeout_;
  } else if (const auto* ping = std::get_if<Ping>(&body)) {
    out.push_back(Send{{kUndefinedReader, Pong{ping->token}}});
  } else if (const auto* pong = std::get_if<Pong>(&body)) {
    keepalive_.pong(*pong, now);
  } else if (!std::holds_alternative<Unknown>(body)) {  // which is of a later revision
    end(Errc::UnexpectedMessage, out);
  }
}

/// A stock client has one reader, and may say so again.
void VscHost::receive_reader_add(const std::string& name, Actions& out) {
  if (extended_ && readers_.size() >= max_readers_) {
    out.push_back(answer(kUndefinedReader, ErrorCode::CannotAddMoreReaders));
    return;
  }
  ReaderId id = kFirstReader;
  while (extended_ && readers_.contains(id)) id = next(id);
  out.push_back(answer(id, ErrorCode::Success));
  if (!readers_.contains(id)) add_reader(id, name, out);
}

void VscHost::add_reader(ReaderId id, const std::string& name, Actions& out) {
  readers_.try_emplace(id);
  out.push_back(ReaderAdded{id, name});
}

void VscHost::insert_card(ReaderId id, Bytes atr, Actions& out) {
  const auto parsed = iso7816::Atr::parse(atr);
  const bool known = readers_.contains(id);
  if (!parsed || (extended_ && !known)) {
    if (known) remove_card(id, out);
    out.push_back(answer(id, ErrorCode::General));
    return;
  }
  // After a reconnect a SPICE client sends its ATR without a ReaderAdd.
  if (!known) add_reader(id, "", out);
  out.push_back(answer(id, ErrorCode::Success));
  Reader& reader = readers_[id];
  // SPICE clients repeat the ATR, also while a command is pending: its answer still comes.
  if (reader.atr == *parsed && reader.at_client()) return;
  if (reader.atr && *reader.atr != *parsed) drop_exchange(id, reader, Errc::CardFailed, out);
  reader.atr = *parsed;
  reader.ahead.clear();
  out.push_back(CardInserted{id, *parsed});
}

void VscHost::remove_card(ReaderId id, Actions& out) {
  const auto found = readers_.find(id);
  if (found == readers_.end()) return;
  Reader& reader = found->second;
  const bool shown = reader.atr && !reader.mute;
  drop_exchange(id, reader, Errc::NoCard, out);
  reader.atr.reset();
  if (shown) out.push_back(CardRemoved{id});
}

void VscHost::remove_reader(ReaderId id, Actions& out) {
  remove_card(id, out);
  if (readers_.erase(id) > 0) out.push_back(ReaderRemoved{id});
}

void VscHost::finish_exchange(ReaderId id, std::optional<SecretBytes> response, Actions& out,
                              Time now) {
  const auto found = readers_.find(id);
  if (found == readers_.end()) return;
  Reader& reader = found->second;
  if (reader.late > 0) {
    finish_late(id, reader, out, now);
  } else if (!std::exchange(reader.busy, false)) {
    return;  // nobody asked
  } else if (response && response->size() >= iso7816::kStatusWord) {
    out.push_back(Response{id, std::move(*response)});
  } else {
    out.push_back(NoAnswer{id, Errc::CardFailed});
  }
}

void VscHost::finish_late(ReaderId id, Reader& reader, Actions& out, Time now) {
  --reader.late;
  if (reader.late == 0 && std::exchange(reader.mute, false)) {
    out.push_back(CardInserted{id, *reader.atr});
  }
  if (!reader.held) return;
  send_command(id, reader, std::move(*reader.held), out);
  reader.deadline = now + apdu_timeout_;
  reader.held.reset();
}

/// The card or the link is gone: no answer will come.
void VscHost::drop_exchange(ReaderId id, Reader& reader, Errc reason, Actions& out) {
  if (reader.busy || reader.held) out.push_back(NoAnswer{id, reason});
  reader.busy = false;
  reader.late = 0;
  reader.held.reset();
  reader.ahead.clear();
  reader.mute = false;
}

void VscHost::drop_all(Errc reason, Actions& out) {
  state_ = State::Ended;
  for (auto& [id, reader] : readers_) {
    const bool shown = reader.atr && !reader.mute;
    drop_exchange(id, reader, reason, out);
    if (shown) out.push_back(CardRemoved{id});
    out.push_back(ReaderRemoved{id});
  }
  readers_.clear();
}

void VscHost::end(Errc error, Actions& out) {
  state_ = State::Ended;
  out.push_back(Ended{error});
}

/// The reader that a client means: stock clients write 0, or anything, into every header.
ReaderId VscHost::located(ReaderId id) const {
  return extended_ || readers_.contains(id) ? id : kFirstReader;
}

}  // namespace vscard::protocol::vsc
