#include "session/client_link.hpp"

#include <utility>

namespace vscard::session {

ClientLink::ClientLink(const asio::any_io_executor& executor, const VscLinkOptions& options,
                       CardSide& cards, Notify notify, std::function<void()> remote_changed)
    : ClientSession(cards, options.peer, options.apdu_timeout),
      link_(
          executor, options.link, *options.transport,
          [this](chardev::Stream& stream) { return serve(stream); }, std::move(notify),
          std::move(remote_changed)) {}

void ClientLink::leave() {
  link_.stop();
  ClientSession::leave();
}

}  // namespace vscard::session
