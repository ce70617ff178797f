// How a VscClient's cards get the host's commands, one at a time, and the host their answers.

#include "protocol/vsc/client.hpp"

#include <utility>

namespace vscard::protocol::vsc {
namespace {

/// How often a card at work is looked at.
constexpr std::chrono::seconds kLookAgain{1};

VscClient::Send failure(ReaderId number) { return {{number, Error{ErrorCode::General}}}; }

}  // namespace

void VscClient::receive_command(ReaderId number, SecretBytes command, Actions& out, Time now) {
  ReaderId id{};
  Reader* reader = find_told(number, id);
  if (reader == nullptr || reader->told_card == kNoCard) {
    out.push_back(failure(number));
    return;
  }
  if (reader->queue.size() >= kMaxQueuedCommands) {
    end(Errc::TooManyCommands, out);
    return;
  }
  reader->queue.emplace_back(std::move(command));
  next_command(id, *reader, out, now);
}

void VscClient::receive_flush(ReaderId number, Actions& out) {
  ReaderId id{};
  Reader* reader = find_told(number, id);
  if (reader == nullptr || (!reader->answer_owed && reader->queue.empty())) {
    out.push_back(Send{{number, FlushComplete{}}});
  } else if (reader->queue.size() >= kMaxQueuedCommands) {
    end(Errc::TooManyCommands, out);
  } else {
    reader->queue.emplace_back(FlushMark{});
  }
}

/// What the card works on goes on, unless it can stop. What it has not begun, it never gets.
void VscClient::receive_cancel(ReaderId number, Actions& out) {
  ReaderId id{};
  Reader* reader = find_told(number, id);
  if (reader == nullptr) return;
  const bool at_card = reader->answer_owed;
  drop_commands(*reader, out);
  if (at_card) out.push_back(StopCommand{id});
}

void VscClient::finish_command(ReaderId id, std::optional<SecretBytes> response, Actions& out,
                               Time now) {
  Reader* const known = find(id);
  if (known == nullptr || !known->transmitting) return;
  Reader& reader = *known;
  reader.transmitting = false;
  reader.mute = false;
  if (state_ == State::Ended) return;
  if (reader.answer_owed) {
    if (ask_ahead(id, reader, response, out, now)) return;
    reader.answer_owed = false;
    const ReaderId number = *reader.number;
    if (!response) {
      out.push_back(failure(number));
    } else if (response->size() > host_.max_response) {
      out.push_back(failure(number));
      out.push_back(ResponseTooLong{id, response->size(), host_.max_response});
    } else {
      send_ahead(reader, out);
      out.push_back(Send{{number, Apdu{std::move(*response)}}});
    }
  }
  next_command(id, reader, out, now);
  advance(out, now);
}

VscClient::Actions VscClient::works(ReaderId reader, Time now) {
  Actions out;
  Reader* const known = find(reader);
  if (known == nullptr || !known->transmitting || known->mute) return out;
  known->transmit_deadline = now + apdu_timeout_;
  const bool awaited = known->answer_owed || !known->queue.empty();
  if (awaited && takes_working_ && state_ != State::Ended) {
    out.push_back(Send{{*known->number, Working{}}});
  }
  return out;
}

void VscClient::watch_card(ReaderId id, Reader& reader, Actions& out, Time now) {
  if (now >= reader.transmit_deadline) {
    reader.mute = true;
    drop_commands(reader, out);
    out.push_back(CardMute{id});
  } else if (now >= reader.look_at) {
    reader.look_at = now + kLookAgain;
    out.push_back(LookAtCard{id});
  }
}

/// Is there more to ask the card before the host gets its answer, which is `response` otherwise?
bool VscClient::ask_ahead(ReaderId id, Reader& reader, std::optional<SecretBytes>& response,
                          Actions& out, Time now) {
  if (!takes_ahead_) return false;
  std::optional<SecretBytes> next;
  if (response) next = reader.ahead.next(std::move(*response), keepalive_.round_trip(), now);
  if (!next) {
    response = reader.ahead.take_answer();
    return false;
  }
  reader.transmitting = true;
  out.push_back(Transmit{id, std::move(*next)});
  return true;
}

void VscClient::send_ahead(Reader& reader, Actions& out) {
  Ahead ahead = reader.ahead.take_ahead();
  if (!ahead.exchanges.empty()) out.push_back(Send{{*reader.number, std::move(ahead)}});
}

/// Gives the card its next command, unless it still works on one. What was meant for a card whose
/// removal the host has not been told of yet is not for its successor.
void VscClient::next_command(ReaderId id, Reader& reader, Actions& out, Time now) {
  while (!reader.transmitting && !reader.queue.empty()) {
    auto next = std::move(reader.queue.front());
    reader.queue.pop_front();
    auto* command = std::get_if<SecretBytes>(&next);
    if (command != nullptr && reader.told_card != wanted(reader)) {
      out.push_back(failure(*reader.number));
    } else if (command != nullptr) {
      if (takes_ahead_) reader.ahead.begin(command->view(), now);
      reader.transmitting = true;
      reader.answer_owed = true;
      reader.transmit_deadline = now + apdu_timeout_;
      reader.look_at = now + kLookAgain;
      out.push_back(Transmit{id, std::move(*command)});
    } else {
      out.push_back(Send{{*reader.number, FlushComplete{}}});
    }
  }
}

/// Answers every command that the host waits for: the card will not. What it still works on is
/// awaited before its next command all the same.
void VscClient::drop_commands(Reader& reader, Actions& out) {
  if (std::exchange(reader.answer_owed, false)) out.push_back(failure(*reader.number));
  for (const auto& queued : reader.queue) {
    if (std::holds_alternative<FlushMark>(queued)) {
      out.push_back(Send{{*reader.number, FlushComplete{}}});
    } else {
      out.push_back(failure(*reader.number));
    }
  }
  reader.queue.clear();
}

}  // namespace vscard::protocol::vsc
