#include "session/client_session.hpp"

#include <utility>

namespace vscard::session {
namespace {

using protocol::Clock;
using protocol::vsc::VscClient;

/// Before its greeting, bytes that are no VSC show that the remote is another service.
bool is_hopeless(const std::error_code& error, bool greeted) {
  return error == protocol::Errc::ReaderRefused || error == protocol::Errc::BadMagic ||
         (!greeted && error.category() == protocol::error_category() &&
          error != protocol::Errc::NoAnswer);
}

}  // namespace

ClientSession::ClientSession(CardSide& cards, protocol::vsc::PeerLimits host,
                             protocol::Duration apdu_timeout, protocol::Duration silence)
    : cards_(cards), machine_(host, apdu_timeout, silence) {}

Awaitable<Ending> ClientSession::serve(chardev::Stream& stream) {
  if (messages_ != nullptr) {
    stream.close();
    co_return already_serving();
  }
  MessageStream messages(stream, *this);
  messages_ = &messages;
  greeted_ = false;
  perform(machine_.start(Clock::now()));
  const std::error_code error = co_await messages.run();
  messages_ = nullptr;
  machine_.lost();
  stream.close();
  cards_.host_has_gone();
  co_return Ending{error,
                   is_hopeless(error, greeted_) ? Ending::Next::GiveUp : Ending::Next::TryAgain};
}

void ClientSession::leave() { perform(machine_.leave(Clock::now())); }

void ClientSession::add_reader(protocol::vsc::ReaderId reader, std::string name,
                               protocol::vsc::AheadPolicy ahead) {
  perform(machine_.add_reader(reader, std::move(name), Clock::now(), ahead));
}
void ClientSession::insert_card(protocol::vsc::ReaderId reader, const protocol::iso7816::Atr& atr) {
  perform(machine_.insert_card(reader, atr, Clock::now()));
}
void ClientSession::reset_card(protocol::vsc::ReaderId reader, const protocol::iso7816::Atr& atr) {
  perform(machine_.reset_card(reader, atr, Clock::now()));
}
void ClientSession::remove_card(protocol::vsc::ReaderId reader) {
  perform(machine_.remove_card(reader, Clock::now()));
}
void ClientSession::respond(protocol::vsc::ReaderId reader, protocol::SecretBytes response) {
  perform(machine_.respond(reader, std::move(response), Clock::now()));
}
void ClientSession::no_answer(protocol::vsc::ReaderId reader) {
  perform(machine_.no_answer(reader, Clock::now()));
}

void ClientSession::receive(protocol::vsc::Message message) {
  if (!greeted_ && std::holds_alternative<protocol::vsc::Init>(message.body)) {
    greeted_ = true;
    remote_greeted();
  }
  const bool answer = std::holds_alternative<protocol::vsc::Error>(message.body);
  perform(machine_.receive(std::move(message), Clock::now()));
  if (answer) cards_.host_has_answered();
}

void ClientSession::expire() { perform(machine_.expire(Clock::now())); }

void ClientSession::perform(VscClient::Actions actions) {
  for (auto& action : actions) {
    if (const auto* send = std::get_if<VscClient::Send>(&action)) {
      if (messages_ != nullptr) messages_->send(send->message);
    } else if (const auto* ended = std::get_if<VscClient::Ended>(&action)) {
      if (messages_ == nullptr) continue;
      messages_->end(ended->error ? make_error_code(*ended->error) : std::error_code());
    } else {
      cards_.perform(std::move(action));
    }
  }
  if (messages_ != nullptr) messages_->wake();
}

}  // namespace vscard::session
