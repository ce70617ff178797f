#include "protocol/vsc/client.hpp"

#include <algorithm>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

/// How long a leaving client waits for its last answers.
constexpr std::chrono::seconds kLeaveTimeout{3};

}  // namespace

VscClient::VscClient(PeerLimits host, Duration apdu_timeout, Duration silence)
    : given_(host),
      host_(host),
      silence_(silence),
      keepalive_(silence),
      apdu_timeout_(apdu_timeout) {}

VscClient::Actions VscClient::start(Time now) {
  Actions out;
  state_ = State::Greeting;
  state_deadline_ = now + kAnswerTimeout;
  out.push_back(Send{{ReaderId{0}, Init{.capabilities = kExtension}}});
  return out;
}

VscClient::Actions VscClient::receive(Message message, Time now) {
  Actions out;
  if (state_ == State::Idle || state_ == State::Ended) return out;
  keepalive_.heard(now);
  const ReaderId number = message.reader;
  if (const auto* init = std::get_if<Init>(&message.body)) {
    receive_init(*init, out, now);
  } else if (const auto* hello = std::get_if<ExtHello>(&message.body)) {
    receive_hello(*hello, out, now);
  } else if (const auto* error = std::get_if<Error>(&message.body)) {
    receive_answer(*error, number, out, now);
  } else if (auto* apdu = std::get_if<Apdu>(&message.body)) {
    receive_command(number, std::move(apdu->bytes), out, now);
  } else if (std::holds_alternative<Flush>(message.body)) {
    receive_flush(number, out);
  } else if (!of_extension(message.body)) {
    end(Errc::UnexpectedMessage, out);
  } else if (extended_) {
    receive_extension(number, message.body, out, now);
  }
  return out;
}

VscClient::Actions VscClient::add_reader(ReaderId reader, std::string name, Time now,
                                         AheadPolicy ahead) {
  Actions out;
  readers_[reader].name = std::move(name);
  readers_[reader].policy = ahead;
  readers_[reader].ahead = ReadAhead(ahead);
  advance(out, now);
  return out;
}

VscClient::Actions VscClient::insert_card(ReaderId reader, const iso7816::Atr& atr, Time now) {
  Actions out;
  Reader* const known = find(reader);
  if (known == nullptr) return out;
  known->atr = atr;
  known->ahead.card_changed();
  ++known->card;
  advance(out, now);
  return out;
}

VscClient::Actions VscClient::reset_card(ReaderId reader, const iso7816::Atr& atr, Time now) {
  const Reader* const known = find(reader);
  if (known == nullptr || !known->atr) return {};
  return insert_card(reader, atr, now);
}

VscClient::Actions VscClient::remove_card(ReaderId reader, Time now) {
  Actions out;
  Reader* const known = find(reader);
  if (known == nullptr) return out;
  known->atr.reset();
  advance(out, now);
  return out;
}

VscClient::Actions VscClient::respond(ReaderId reader, SecretBytes response, Time now) {
  Actions out;
  finish_command(reader, std::move(response), out, now);
  return out;
}

VscClient::Actions VscClient::no_answer(ReaderId reader, Time now) {
  Actions out;
  finish_command(reader, std::nullopt, out, now);
  return out;
}

VscClient::Actions VscClient::leave(Time now) {
  Actions out;
  if (state_ == State::Idle || greeting()) {
    end(std::nullopt, out);
  } else if (state_ == State::Talking) {
    state_ = State::Leaving;
    state_deadline_ = now + kLeaveTimeout;
    advance(out, now);
  }
  return out;
}

void VscClient::resumed(Time now) {
  keepalive_.reconnected(now);
  if (pending_) pending_->deadline = now + kAnswerTimeout;
}

void VscClient::lost() {
  state_ = State::Idle;
  host_ = given_;
  room_ = 1;
  extended_ = takes_ahead_ = takes_working_ = false;
  keepalive_ = Keepalive(silence_);
  pending_.reset();
  cleared_ = false;
  for (auto& [id, reader] : readers_) {
    reader.number.reset();
    reader.refused = false;
    reader.use = Use::Ready;
    reader.told_card = kNoCard;
    reader.empty_until = {};
    reader.answer_owed = false;
    reader.ahead = ReadAhead(reader.policy);
    reader.queue.clear();
  }
}

bool VscClient::settled(ReaderId id) const {
  const auto found = readers_.find(id);
  const bool has_host = greeting() || state_ == State::Talking;
  if (found == readers_.end() || !has_host || found->second.refused) return true;
  const Reader& reader = found->second;
  const bool asked = pending_ && pending_->reader == id;
  return reader.number && !asked && reader.told_card == wanted(reader);
}

std::optional<Time> VscClient::deadline() const {
  if (state_ == State::Idle || state_ == State::Ended) return std::nullopt;
  std::optional<Time> first = keepalive_.deadline();
  const auto consider = [&first](Time time) { first = first ? std::min(*first, time) : time; };
  if (state_ != State::Talking) consider(state_deadline_);
  if (pending_) consider(pending_->deadline);
  for (const auto& [id, reader] : readers_) {
    if (reader.number && !pending_ && wanted(reader) != reader.told_card) {
      consider(reader.empty_until);
    }
    if (!reader.transmitting || reader.mute) continue;
    consider(std::min(reader.transmit_deadline, reader.look_at));
  }
  return first;
}

VscClient::Actions VscClient::expire(Time now) {
  Actions out;
  if (state_ == State::Leaving && now >= state_deadline_) {
    end(std::nullopt, out);
  } else if ((greeting() && now >= state_deadline_) || (pending_ && now >= pending_->deadline)) {
    end(Errc::NoAnswer, out);
  }
  if (state_ == State::Idle || state_ == State::Ended) return out;
  const auto due = keepalive_.expire(now);
  if (due == Keepalive::Due::Ping) out.push_back(Send{{kUndefinedReader, keepalive_.ping(now)}});
  if (due == Keepalive::Due::End) out.emplace_back(Silent{});
  for (auto& [id, reader] : readers_) {
    if (reader.transmitting && !reader.mute) watch_card(id, reader, out, now);
  }
  advance(out, now);
  return out;
}

void VscClient::receive_init(const Init& init, Actions& out, Time now) {
  // QEMU sends a second Init when it is realized; only the first one means something.
  if (state_ != State::Greeting) return;
  if ((init.capabilities & kExtension) != 0) {
    state_ = State::Introducing;
    out.push_back(Send{{ReaderId{0}, ExtHello{.max_apdu = kMaxPayload,
                                              .features = kPowerFeature | kPingFeature |
                                                          kCancelFeature | kReaderUseFeature}}});
    return;
  }
  state_ = State::Talking;
  advance(out, now);
}

void VscClient::receive_hello(const ExtHello& hello, Actions& out, Time now) {
  if (state_ == State::Introducing) {
    host_ = {.max_command = hello.max_apdu, .max_response = hello.max_apdu};
    extended_ = true;
    room_ = hello.readers;
    takes_ahead_ = (hello.features & kAheadFeature) != 0;
    takes_working_ = (hello.features & kWorkingFeature) != 0;
    state_ = State::Talking;
    if ((hello.features & kPingFeature) != 0) {
      out.push_back(Send{{kUndefinedReader, keepalive_.start(now)}});
    }
    advance(out, now);
  } else if (extended_) {
    end(Errc::UnexpectedMessage, out);
  }
}

VscClient::Reader* VscClient::find(ReaderId id) {
  const auto found = readers_.find(id);
  return found == readers_.end() ? nullptr : &found->second;
}

void VscClient::receive_extension(ReaderId number, const Body& body, Actions& out, Time now) {
  if (const auto* power = std::get_if<Power>(&body)) {
    receive_power(number, *power, out);
  } else if (std::holds_alternative<Cancel>(body)) {
    receive_cancel(number, out);
  } else if (const auto* it = std::get_if<ReaderUse>(&body)) {
    receive_use(number, it->use, out);
  } else if (const auto* ping = std::get_if<Ping>(&body)) {
    out.push_back(Send{{kUndefinedReader, Pong{ping->token}}});
  } else if (const auto* pong = std::get_if<Pong>(&body)) {
    keepalive_.pong(*pong, now);
  } else if (!std::holds_alternative<Unknown>(body)) {
    end(Errc::UnexpectedMessage, out);
  }
}

/// What the card loses, it loses by each action.
void VscClient::receive_power(ReaderId number, Power power, Actions& out) {
  ReaderId id{};
  Reader* reader = find_told(number, id);
  if (reader == nullptr || reader->told_card == kNoCard) return;
  reader->ahead.card_changed();
  out.push_back(Reset{.reader = id, .power = power.action});
}

/// What becomes of its card meanwhile, the host is told as ever.
void VscClient::receive_use(ReaderId number, Use use, Actions& out) {
  ReaderId id{};
  Reader* reader = find_told(number, id);
  if (reader == nullptr || std::exchange(reader->use, use) == use) return;
  if (use == Use::Ready) {
    out.push_back(ReaderAccepted{id});
  } else {
    drop_commands(*reader, out);
    out.push_back(ReaderWithdrawn{id, use});
  }
}

VscClient::Reader* VscClient::find_told(ReaderId number, ReaderId& id) {
  const auto found = std::ranges::find_if(
      readers_, [number](const auto& entry) { return entry.second.number == number; });
  if (found == readers_.end()) return nullptr;
  id = found->first;
  return &found->second;
}

void VscClient::end(std::optional<Errc> error, Actions& out) {
  state_ = State::Ended;
  pending_.reset();
  out.push_back(Ended{error});
}

}  // namespace vscard::protocol::vsc
