#include "session/host_session.hpp"

#include <utility>

namespace vscard::session {

using protocol::Clock;
using protocol::vsc::VscHost;

HostSession::HostSession(ReaderSide& readers, protocol::vsc::PeerLimits client,
                         protocol::Duration apdu_timeout)
    : readers_(readers),
      client_(client),
      apdu_timeout_(apdu_timeout),
      machine_(client, apdu_timeout) {}

Awaitable<Ending> HostSession::serve(chardev::Stream& stream) {
  if (messages_ != nullptr) {
    stream.close();
    co_return already_serving();
  }
  machine_ = VscHost(client_, apdu_timeout_);
  MessageStream messages(stream, *this);
  messages_ = &messages;
  stream_ = &stream;
  greeted_ = false;
  left_ = false;
  machine_.start(Clock::now());
  const std::error_code error = co_await messages.run();
  messages_ = nullptr;
  stream_ = nullptr;
  stream.close();
  perform(machine_.lost());
  co_return Ending{left_ ? std::error_code() : error,
                   greeted_ ? Ending::Next::TryAgain : Ending::Next::GiveUp};
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

void HostSession::receive(protocol::vsc::Message message) {
  if (!greeted_ && std::holds_alternative<protocol::vsc::Init>(message.body)) {
    greeted_ = true;
    remote_greeted();
  }
  perform(machine_.receive(std::move(message), Clock::now()));
}

void HostSession::expire() { perform(machine_.expire(Clock::now())); }

void HostSession::perform(VscHost::Actions actions) {
  for (auto& action : actions) {
    if (const auto* send = std::get_if<VscHost::Send>(&action)) {
      if (messages_ != nullptr) messages_->send(send->message);
    } else if (const auto* ended = std::get_if<VscHost::Ended>(&action)) {
      if (messages_ != nullptr) messages_->end(ended->error);
    } else {
      readers_.perform(std::move(action));
    }
  }
  if (messages_ != nullptr) messages_->wake();
}

}  // namespace vscard::session
