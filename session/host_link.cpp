#include "session/host_link.hpp"

#include <utility>

namespace vscard::session {

HostLink::HostLink(const asio::any_io_executor& executor, const VscLinkOptions& options,
                   ReaderSide& readers, Notify notify)
    : HostSession(readers, options.peer, options.apdu_timeout),
      link_(
          executor, options.link, *options.transport,
          [this](chardev::Stream& stream) { return serve(stream); }, std::move(notify)) {}

void HostLink::leave() {
  link_.stop();
  HostSession::leave();
}

}  // namespace vscard::session
