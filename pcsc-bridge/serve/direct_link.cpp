#include "pcsc-bridge/serve/direct_link.hpp"

#include "protocol/iso7816/apdu.hpp"
#include "session/host_session.hpp"

#include <algorithm>
#include <utility>

namespace vscard::pcsc_bridge::serve {

using protocol::Clock;
using protocol::Errc;
using protocol::SecretBytes;
using protocol::Time;
using protocol::iso7816::Atr;
using protocol::vsc::VscClient;

namespace {

constexpr protocol::vsc::ReaderId kReader{0};

}  // namespace

DirectLink::DirectLink(session::CardSide& card, Notify notify, protocol::Duration apdu_timeout)
    : side_(card),
      notify_(std::move(notify)),
      apdu_timeout_(apdu_timeout),
      deadlines_([this] { return deadline(); }, [this] { expire(Clock::now()); }) {}

void DirectLink::plug_into(pcsc::ReaderId reader, CardEvents& events, program::ApduTrail trail) {
  reader_ = reader;
  events_ = &events;
  trail_.emplace(std::move(trail));
  side_.perform(VscClient::ReaderAccepted{kReader});
  show();
}

std::optional<std::string> DirectLink::remote() const {
  return events_ != nullptr ? std::optional<std::string>(kHere) : std::nullopt;
}

Awaitable<Result<>> DirectLink::run() {
  co_await deadlines_.run();
  co_return Result<>();
}

void DirectLink::leave() {
  remove_card(kReader);
  deadlines_.stop();
}

void DirectLink::insert_card(CardId /*reader*/, const Atr& atr) {
  swapped_ = shown_;
  card_ = atr;
  used_ = false;
  show();
}

void DirectLink::reset_card(CardId reader, const Atr& atr) {
  if (!shown_ || swapped_) {
    insert_card(reader, atr);
    return;
  }
  card_ = atr;
  show_inserted();
}

void DirectLink::remove_card(CardId /*reader*/) {
  card_.reset();
  swapped_ = shown_;
  if (drop(Errc::NoCard)) {
    notify_({Notice::Severity::Warning,
             "a command got no answer: " + protocol::make_error_code(Errc::NoCard).message()});
  }
  show();
}

void DirectLink::respond(CardId /*reader*/, SecretBytes response) { finish(std::move(response)); }

void DirectLink::no_answer(CardId /*reader*/) { finish(std::unexpected(Errc::CardFailed)); }

bool DirectLink::settled(CardId /*reader*/) const {
  return events_ == nullptr || (up_to_date() && !unseen_);
}

/// A step at a time: programs may have to look before the next.
void DirectLink::show() {
  while (events_ != nullptr && !unseen_ && !up_to_date()) {
    if (shown_) {
      show_removed();
    } else {
      show_inserted();
    }
  }
}

void DirectLink::show_removed() {
  shown_ = swapped_ = false;
  begin_change();
  events_->removed(reader_);
  end_change();
}

void DirectLink::show_inserted() {
  shown_ = true;
  begin_change();
  events_->inserted(reader_, *card_, protocol::iso7816::kMaxCommandApdu);
  end_change();
}

void DirectLink::begin_change() {
  unseen_ = true;
  seen_by_ = Clock::now() + session::kShowTimeout;
}

void DirectLink::end_change() {
  if (events_ != nullptr && events_->seen()) unseen_ = false;
  deadlines_.wake();
}

void DirectLink::look() {
  if (events_ != nullptr && events_->seen()) unseen_ = false;
  show();
  side_.host_has_answered();
}

void DirectLink::transmit(SecretBytes command) {
  trail_->command(command.view());
  if (!shown_ || !up_to_date()) {
    answer(std::unexpected(Errc::NoCard));
  } else if (exchange_ == Exchange::Draining) {
    next_ = std::move(command);
  } else {
    send(std::move(command));
  }
}

void DirectLink::send(SecretBytes command) {
  exchange_ = Exchange::Busy;
  answer_by_ = Clock::now() + apdu_timeout_;
  used_ = true;
  deadlines_.wake();
  side_.perform(VscClient::Transmit{.reader = kReader, .command = std::move(command)});
}

void DirectLink::finish(Answer given) {
  const Exchange was = std::exchange(exchange_, Exchange::Idle);
  if (std::exchange(mute_, false)) show();
  if (was == Exchange::Busy) {
    answer(std::move(given));
  } else if (auto next = std::exchange(next_, std::nullopt)) {
    send(std::move(*next));
  }
}

void DirectLink::abort() {
  next_.reset();
  if (exchange_ != Exchange::Busy) return;
  exchange_ = Exchange::Draining;
  answer_by_ = Clock::now() + apdu_timeout_;
}

/// The command that has a taker gets no answer. Was there one?
bool DirectLink::drop(Errc reason) {
  const bool owed = exchange_ == Exchange::Busy || next_;
  if (exchange_ == Exchange::Busy) exchange_ = Exchange::Draining;
  next_.reset();
  if (owed) answer(std::unexpected(reason));
  return owed;
}

void DirectLink::answer(Answer given) {
  if (events_ == nullptr) return;
  if (given) {
    trail_->response(given->view());
  } else {
    trail_->no_answer();
  }
  events_->responded(reader_, std::move(given));
}

void DirectLink::power(protocol::vsc::PowerAction action) {
  if (card_ && std::exchange(used_, false))
    side_.perform(VscClient::Reset{.reader = kReader, .power = action});
}

void DirectLink::close() {
  events_ = nullptr;
  shown_ = swapped_ = unseen_ = false;
  abort();
  side_.host_has_gone();
}

std::optional<Time> DirectLink::deadline() const {
  std::optional<Time> first;
  if (unseen_) first = seen_by_;
  if (exchange_ == Exchange::Idle || mute_) return first;
  return first ? std::min(*first, answer_by_) : answer_by_;
}

void DirectLink::expire(Time now) {
  if (unseen_ && now >= seen_by_) {
    unseen_ = false;
    look();
  }
  if (exchange_ == Exchange::Idle || mute_ || now < answer_by_) return;
  mute_ = true;
  if (events_ != nullptr) side_.perform(VscClient::CardMute{kReader});
  drop(Errc::NoAnswer);
  show();
}

}  // namespace vscard::pcsc_bridge::serve
