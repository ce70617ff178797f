#include "session/host_session.hpp"

#include "protocol/errc.hpp"

#include <algorithm>
#include <utility>

namespace vscard::session {
namespace {

/// Mostly a change is seen sooner.
constexpr std::chrono::milliseconds kLookAgain{1};
/// Answers that are held: a stock client sends several requests without waiting for them.
constexpr std::size_t kMaxHeld = 16;

/// Before its greeting, bytes that are no VSC show that the remote is another service. One that has
/// ended or is slow may be a command that could not connect yet.
bool is_hopeless(const std::error_code& error, bool greeted) {
  return !greeted && error.category() == protocol::error_category() &&
         error != protocol::Errc::NoAnswer;
}

}  // namespace

using protocol::Clock;
using protocol::vsc::VscHost;

HostSession::HostSession(ReaderSide& readers, protocol::vsc::PeerLimits client,
                         protocol::Duration apdu_timeout, protocol::Duration silence)
    : readers_(readers),
      client_(client),
      apdu_timeout_(apdu_timeout),
      silence_(silence),
      machine_(client, apdu_timeout, silence) {}

Awaitable<Ending> HostSession::serve(chardev::Stream& stream) {
  if (messages_ != nullptr) {
    stream.close();
    co_return already_serving();
  }
  machine_ = VscHost(client_, apdu_timeout_, silence_);
  MessageStream messages(stream, *this);
  messages_ = &messages;
  stream_ = &stream;
  held_.clear();
  greeted_ = false;
  left_ = false;
  machine_.start(Clock::now());
  const std::error_code error = co_await messages.run();
  messages_ = nullptr;
  stream_ = nullptr;
  stream.close();
  perform(machine_.lost());
  co_return Ending{left_ ? std::error_code() : error,
                   is_hopeless(error, greeted_) ? Ending::Next::GiveUp : Ending::Next::TryAgain};
}

void HostSession::leave() {
  if (stream_ == nullptr) return;
  left_ = true;
  stream_->close();
}

void HostSession::transmit(protocol::vsc::ReaderId reader, protocol::SecretBytes command) {
  perform(machine_.transmit(reader, std::move(command), Clock::now()));
}

void HostSession::abort(protocol::vsc::ReaderId reader) {
  machine_.abort(reader, Clock::now());
  if (messages_ != nullptr) messages_->wake();
}

void HostSession::power(protocol::vsc::ReaderId reader, protocol::vsc::PowerAction action) {
  perform(machine_.power(reader, action));
}

void HostSession::receive(protocol::vsc::Message message) {
  if (!greeted_ && std::holds_alternative<protocol::vsc::Init>(message.body)) {
    greeted_ = true;
    remote_greeted();
  }
  perform(machine_.receive(std::move(message), Clock::now()));
}

std::optional<protocol::Time> HostSession::deadline() const {
  const auto machine = machine_.deadline();
  if (held_.empty()) return machine;
  return machine ? std::min(*machine, look_again_) : look_again_;
}

void HostSession::expire() {
  const auto now = Clock::now();
  if (const auto due = machine_.deadline(); due && now >= *due) {
    perform(machine_.expire(now));
  } else {
    send_held();
  }
}

void HostSession::perform(VscHost::Actions actions) {
  for (auto& action : actions) {
    if (auto* send = std::get_if<VscHost::Send>(&action)) {
      this->send(std::move(send->message));
    } else if (const auto* ended = std::get_if<VscHost::Ended>(&action)) {
      if (messages_ != nullptr) messages_->end(ended->error);
    } else {
      readers_.perform(std::move(action));
    }
  }
  send_held();
  if (messages_ != nullptr) messages_->wake();
}

/// Answers wait until all that a request led to has been performed, at least.
void HostSession::send(protocol::vsc::Message message) {
  if (messages_ == nullptr) return;
  if (!std::holds_alternative<protocol::vsc::Error>(message.body)) {
    messages_->send(message);
    return;
  }
  if (held_.empty()) held_since_ = Clock::now();
  held_.push_back(std::move(message));
}

void HostSession::send_held() {
  if (held_.empty() || messages_ == nullptr) return;
  const auto now = Clock::now();
  if (!readers_.settled() && now - held_since_ < kShowTimeout && held_.size() < kMaxHeld) {
    look_again_ = now + kLookAgain;
    return;
  }
  for (const auto& message : std::exchange(held_, {})) messages_->send(message);
}

}  // namespace vscard::session
