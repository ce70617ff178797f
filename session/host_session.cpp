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

}  // namespace

using protocol::Clock;
using protocol::vsc::VscHost;

HostSession::HostSession(ReaderSide& readers, protocol::vsc::PeerLimits client,
                         protocol::Duration apdu_timeout, protocol::Duration silence,
                         protocol::Duration grace, std::uint32_t max_readers)
    : Conversation(Side::Host, grace),
      readers_(readers),
      client_(client),
      apdu_timeout_(apdu_timeout),
      silence_(silence),
      max_readers_(max_readers),
      machine_(client, apdu_timeout, silence, max_readers) {}

void HostSession::start() {
  machine_ = VscHost(client_, apdu_timeout_, silence_, max_readers_);
  held_.clear();
  machine_.start(Clock::now());
}

/// Before its greeting, bytes that are no VSC show that the remote is another service. One that has
/// ended or is slow may be a command that could not connect yet.
bool HostSession::is_hopeless(const std::error_code& error, bool greeted) const {
  return !greeted && error.category() == protocol::error_category() &&
         error != protocol::Errc::NoAnswer;
}

void HostSession::transmit(protocol::vsc::ReaderId reader, protocol::SecretBytes command) {
  perform_and_wake(machine_.transmit(reader, std::move(command), Clock::now()));
}

void HostSession::abort(protocol::vsc::ReaderId reader) {
  perform_and_wake(machine_.abort(reader, Clock::now()));
}

void HostSession::power(protocol::vsc::ReaderId reader, protocol::vsc::PowerAction action) {
  perform_and_wake(machine_.power(reader, action));
}

void HostSession::withdraw(protocol::vsc::ReaderId reader, protocol::vsc::Use why) {
  perform_and_wake(machine_.withdraw(reader, why, Clock::now()));
}

void HostSession::offer(protocol::vsc::ReaderId reader) {
  perform_and_wake(machine_.offer(reader));
}

void HostSession::deliver(protocol::vsc::Message message) {
  perform(machine_.receive(std::move(message), Clock::now()));
}

std::optional<protocol::Time> HostSession::next_deadline() const {
  const auto machine = machine_.deadline();
  if (held_.empty()) return machine;
  return machine ? std::min(*machine, look_again_) : look_again_;
}

void HostSession::pass_deadline() {
  const auto now = Clock::now();
  if (const auto due = machine_.deadline(); due && now >= *due) {
    perform(machine_.expire(now));
  } else {
    send_held();
  }
}

void HostSession::perform_and_wake(VscHost::Actions actions) {
  perform(std::move(actions));
  wake();
}

void HostSession::perform(VscHost::Actions actions) {
  for (auto& action : actions) {
    if (auto* send = std::get_if<VscHost::Send>(&action)) {
      reply(std::move(send->message));
    } else if (std::holds_alternative<VscHost::Silent>(action)) {
      leave_stream(protocol::Errc::Silent);
    } else if (const auto* ended = std::get_if<VscHost::Ended>(&action)) {
      end(ended->error);
    } else {
      readers_.perform(std::move(action));
    }
  }
  send_held();
}

/// Answers wait until all that a request led to has been performed, at least. What is said of a
/// reader follows the answer that gives it its number.
void HostSession::reply(protocol::vsc::Message message) {
  const bool follows =
      std::holds_alternative<protocol::vsc::ReaderUse>(message.body) && !held_.empty();
  if (!std::holds_alternative<protocol::vsc::Error>(message.body) && !follows) {
    send(std::move(message));
    return;
  }
  if (held_.empty()) held_since_ = Clock::now();
  held_.push_back(std::move(message));
}

void HostSession::send_held() {
  if (held_.empty()) return;
  const auto now = Clock::now();
  if (!readers_.settled() && now - held_since_ < kShowTimeout && held_.size() < kMaxHeld) {
    look_again_ = now + kLookAgain;
    return;
  }
  for (auto& message : std::exchange(held_, {})) send(std::move(message));
}

}  // namespace vscard::session
