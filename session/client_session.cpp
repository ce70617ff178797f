#include "session/client_session.hpp"

#include <utility>

namespace vscard::session {
namespace {

using protocol::Clock;
using protocol::vsc::VscClient;

}  // namespace

ClientSession::ClientSession(CardSide& cards, protocol::vsc::PeerLimits host,
                             protocol::Duration apdu_timeout, protocol::Duration silence,
                             protocol::Duration grace)
    : Conversation(Side::Client, grace), cards_(cards), machine_(host, apdu_timeout, silence) {}

void ClientSession::start() { perform(machine_.start(Clock::now())); }

void ClientSession::lose() {
  machine_.lost();
  cards_.host_has_gone();
}

/// Before its greeting, bytes that are no VSC show that the remote is another service.
bool ClientSession::is_hopeless(const std::error_code& error, bool greeted) const {
  return error == protocol::Errc::ReaderRefused || error == protocol::Errc::BadMagic ||
         (!greeted && error.category() == protocol::error_category() &&
          error != protocol::Errc::NoAnswer);
}

void ClientSession::leave() { perform_and_wake(machine_.leave(Clock::now())); }

void ClientSession::add_reader(protocol::vsc::ReaderId reader, std::string name,
                               protocol::vsc::AheadPolicy ahead) {
  perform_and_wake(machine_.add_reader(reader, std::move(name), Clock::now(), ahead));
}
void ClientSession::insert_card(protocol::vsc::ReaderId reader, const protocol::iso7816::Atr& atr) {
  perform_and_wake(machine_.insert_card(reader, atr, Clock::now()));
}
void ClientSession::reset_card(protocol::vsc::ReaderId reader, const protocol::iso7816::Atr& atr) {
  perform_and_wake(machine_.reset_card(reader, atr, Clock::now()));
}
void ClientSession::remove_card(protocol::vsc::ReaderId reader) {
  perform_and_wake(machine_.remove_card(reader, Clock::now()));
}
void ClientSession::respond(protocol::vsc::ReaderId reader, protocol::SecretBytes response) {
  perform_and_wake(machine_.respond(reader, std::move(response), Clock::now()));
}
void ClientSession::no_answer(protocol::vsc::ReaderId reader) {
  perform_and_wake(machine_.no_answer(reader, Clock::now()));
}

void ClientSession::works(protocol::vsc::ReaderId reader) {
  perform_and_wake(machine_.works(reader, Clock::now()));
}

void ClientSession::deliver(protocol::vsc::Message message) {
  const bool answer = std::holds_alternative<protocol::vsc::Error>(message.body);
  perform(machine_.receive(std::move(message), Clock::now()));
  if (answer) cards_.host_has_answered();
}

void ClientSession::pass_deadline() { perform(machine_.expire(Clock::now())); }

void ClientSession::perform_and_wake(VscClient::Actions actions) {
  perform(std::move(actions));
  wake();
}

void ClientSession::perform(VscClient::Actions actions) {
  for (auto& action : actions) {
    if (auto* message = std::get_if<VscClient::Send>(&action)) {
      send(std::move(message->message));
    } else if (std::holds_alternative<VscClient::Silent>(action)) {
      leave_stream(protocol::Errc::Silent);
    } else if (const auto* ended = std::get_if<VscClient::Ended>(&action)) {
      end(ended->error ? make_error_code(*ended->error) : std::error_code());
    } else {
      cards_.perform(std::move(action));
    }
  }
}

}  // namespace vscard::session
