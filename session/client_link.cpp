#include "session/client_link.hpp"

#include "async/first_of.hpp"

#include <utility>

namespace vscard::session {

ClientLink::ClientLink(const asio::any_io_executor& executor, const VscLinkOptions& options,
                       CardSide& cards, Notify notify, std::function<void()> remote_changed)
    : ClientSession(cards, options.peer, options.apdu_timeout, options.silence, options.grace),
      link_(
          executor, options.link, *options.transport,
          [this](chardev::Stream& stream) { return serve(stream); }, std::move(notify),
          std::move(remote_changed)) {}

Awaitable<Result<>> ClientLink::run() {
  auto ended = co_await async::cut_short(link_.run(), keep_grace());
  drop();
  co_return std::move(*ended);
}

void ClientLink::leave() {
  link_.stop();
  ClientSession::leave();
}

void ClientLink::add_reader(ReaderId reader, std::string name, protocol::vsc::AheadPolicy ahead) {
  ClientSession::add_reader(reader, std::move(name), ahead);
}
void ClientLink::insert_card(ReaderId reader, const protocol::iso7816::Atr& atr) {
  ClientSession::insert_card(reader, atr);
}
void ClientLink::reset_card(ReaderId reader, const protocol::iso7816::Atr& atr) {
  ClientSession::reset_card(reader, atr);
}
void ClientLink::remove_card(ReaderId reader) { ClientSession::remove_card(reader); }
void ClientLink::respond(ReaderId reader, protocol::SecretBytes response) {
  ClientSession::respond(reader, std::move(response));
}
void ClientLink::no_answer(ReaderId reader) { ClientSession::no_answer(reader); }

}  // namespace vscard::session
