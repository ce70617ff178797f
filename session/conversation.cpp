#include "session/conversation.hpp"

#include "chardev/lending.hpp"
#include "session/ending.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <sys/random.h>
#include <utility>

namespace vscard::session {
namespace {

using protocol::Clock;
using protocol::vsc::Resumption;

template <class Bytes>
void randomize(Bytes& bytes) {
  // As few bytes as this come whole.
  if (::getrandom(bytes.data(), bytes.size(), 0) < 0) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
}

Resumption::Random random() {
  Resumption::Random random;
  randomize(random.secret);
  randomize(random.session);
  return random;
}

}  // namespace

Conversation::Conversation(Side side, protocol::Duration grace)
    : grace_(grace),
      resumption_(side, *this, grace),
      waiting_([this] { return connected() ? std::nullopt : resumption_.deadline(); },
               [this] { give_up(); }) {}

Awaitable<Ending> Conversation::serve(chardev::Stream& stream) {
  if (connected()) {
    stream.close();
    co_return already_serving();
  }
  MessageStream messages(stream, *this);
  messages_ = &messages;
  stream_ = &stream;
  greeted_ = closed_ = false;
  const bool waited = resumption_.suspended();
  resumption_.connected(random(), Clock::now());
  if (!waited) start();
  const std::error_code error = co_await messages.run();
  messages_ = nullptr;
  stream_ = nullptr;
  stream.close();
  Ending ending{
      .error = closed_ ? std::error_code() : error,
      .next = is_hopeless(error, greeted_) ? Ending::Next::GiveUp : Ending::Next::TryAgain};
  const bool waits = resumption_.disconnected(Clock::now());
  if (waits && error == chardev::lease_over()) {
    drop();
  } else if (waits) {
    ending.waits = *resumption_.deadline() - Clock::now();
    waiting_.wake();
  } else {
    lose();
  }
  co_return ending;
}

void Conversation::drop() {
  if (connected() || !resumption_.suspended()) return;
  resumption_.forget();
  lose();
}

void Conversation::send(protocol::vsc::Message message) {
  if (connected() || resumption_.suspended()) resumption_.send(std::move(message));
}

void Conversation::wake() {
  if (messages_ != nullptr) {
    messages_->wake();
  } else {
    waiting_.wake();
  }
}

void Conversation::end(std::error_code reason) {
  if (!connected()) return;
  resumption_.say_bye();
  messages_->end(reason);
}

void Conversation::leave_stream(std::error_code reason) {
  if (connected()) messages_->end(reason);
}

void Conversation::close() {
  if (!connected()) return;
  closed_ = true;
  resumption_.say_bye();
  stream_->close();
}

void Conversation::receive(protocol::vsc::Message message) {
  if (!greeted_ && std::holds_alternative<protocol::vsc::Init>(message.body)) {
    greeted_ = true;
    remote_greeted();
  }
  resumption_.receive(std::move(message), Clock::now());
}

std::optional<protocol::Time> Conversation::deadline() const {
  const auto mine = resumption_.deadline();
  if (resumption_.asking()) return mine;
  const auto machine = next_deadline();
  if (mine && machine) return std::min(*mine, *machine);
  return mine ? mine : machine;
}

void Conversation::expire() {
  const auto now = Clock::now();
  resumption_.expire(now);
  const auto machine = next_deadline();
  if (!resumption_.asking() && machine && now >= *machine) pass_deadline();
}

void Conversation::write(protocol::Bytes messages) { messages_->send(messages); }

void Conversation::restart() {
  lose();
  start();
}

void Conversation::resumed() {
  go_on();
  tell({Notice::Severity::Info, "the connection is back, and nothing was lost"});
}

void Conversation::ended(protocol::Errc error) {
  leave_stream(error);
  wake();
}

void Conversation::give_up() {
  tell({Notice::Severity::Warning,
        "nobody came back within " +
            std::to_string(std::chrono::floor<std::chrono::seconds>(grace_).count()) + " s"});
  drop();
}

}  // namespace vscard::session
