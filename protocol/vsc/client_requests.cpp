// What a VscClient asks of its host, so that it sees the readers and cards as they are.

#include "protocol/vsc/client.hpp"

#include <algorithm>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

/// How long a stock host sees a reader empty before the next card: QEMU's reader reports changes
/// every 255 ms, and the guest's driver takes its time, so that a shorter swap goes unnoticed.
constexpr std::chrono::milliseconds kShownEmpty{500};

/// Where an unclean exit of a stock client, or of this one, left its reader.

}  // namespace

void VscClient::receive_answer(const Error& error, ReaderId number, Actions& out, Time now) {
  if (!pending_) return;
  const PendingRequest answered = *pending_;
  pending_.reset();
  const bool success = error.code == ErrorCode::Success;
  switch (answered.request) {
    case Request::AddReader:
      take_number(answered.reader, readers_[answered.reader], error, number, out);
      break;
    case Request::InsertCard:
      if (!success) out.push_back(CardRefused{answered.reader});
      break;
    case Request::ClearReader:  // nothing there to clear is as good
    case Request::RemoveCard:
    case Request::RemoveReader:
      break;
  }
  advance(out, now);
}

/// A host that has one of the readers may have no room for this one. Two of one number would get
/// each other's commands.
void VscClient::take_number(ReaderId id, Reader& reader, const Error& error, ReaderId number,
                            Actions& out) {
  const std::size_t others = served();
  ReaderId known{};
  const ReaderId given = number == kUndefinedReader ? kFirstReader : number;
  if (error.code != ErrorCode::Success && others > 0) {
    refuse(id, reader, others, out);
  } else if (error.code != ErrorCode::Success) {
    end(Errc::ReaderRefused, out);
  } else if (find_told(given, known) != nullptr) {
    end(Errc::UnexpectedMessage, out);
  } else {
    reader.number = given;
    out.push_back(ReaderAccepted{id});
  }
}

void VscClient::refuse(ReaderId id, Reader& reader, std::size_t room, Actions& out) {
  reader.refused = true;
  out.push_back(ReaderRefused{id, static_cast<std::uint32_t>(room)});
}

/// Readers that the host has.
std::size_t VscClient::served() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      readers_, [](const auto& entry) { return entry.second.number.has_value(); }));
}

/// Sends the next request that brings the host's view closer to the truth, if none is pending.
void VscClient::advance(Actions& out, Time now) {
  if (pending_ || (state_ != State::Talking && state_ != State::Leaving)) return;
  for (auto& [id, reader] : readers_) {
    if (advance_reader(id, reader, out, now)) return;
  }
  if (state_ == State::Leaving) end(std::nullopt, out);
}

bool VscClient::advance_reader(ReaderId id, Reader& reader, Actions& out, Time now) {
  const bool leaving = state_ == State::Leaving;
  if (!reader.number) {
    if (leaving || reader.refused) return false;
    if (cleared_ && served() >= room_) {
      refuse(id, reader, room_, out);
      return false;
    }
    if (!cleared_) {
      cleared_ = true;
      reader.empty_until = now + shown_empty();
      send_request(Request::ClearReader, id, {kFirstReader, ReaderRemove{}}, out, now);
    } else {
      send_request(Request::AddReader, id, {kUndefinedReader, ReaderAdd{reader.name}}, out, now);
    }
    return true;
  }
  const ReaderId number = *reader.number;
  const Insertion next = wanted(reader);
  if (reader.told_card != kNoCard && reader.told_card != next) {
    drop_commands(reader, out);
    reader.told_card = kNoCard;
    reader.empty_until = now + shown_empty();
    send_request(Request::RemoveCard, id, {number, CardRemove{}}, out, now);
    return true;
  }
  if (leaving) {
    reader.number.reset();
    send_request(Request::RemoveReader, id, {number, ReaderRemove{}}, out, now);
    return true;
  }
  if (next != reader.told_card && now >= reader.empty_until) {
    reader.told_card = next;
    send_request(Request::InsertCard, id,
                 {number, CardAtr{SecretBytes::copy_of(reader.atr->bytes())}}, out, now);
    return true;
  }
  return false;
}

/// Other hosts hold a change back themselves until it is seen.
Duration VscClient::shown_empty() const {
  return !extended_ && host_.stock() ? kShownEmpty : Duration{};
}

/// The card that the host is to see.
VscClient::Insertion VscClient::wanted(const Reader& reader) const {
  return reader.atr && !reader.mute && state_ != State::Leaving ? reader.card : kNoCard;
}

void VscClient::send_request(Request request, ReaderId id, Message message, Actions& out,
                             Time now) {
  pending_ = PendingRequest{request, id, now + kAnswerTimeout};
  out.push_back(Send{std::move(message)});
}

}  // namespace vscard::protocol::vsc
