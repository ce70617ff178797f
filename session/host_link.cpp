#include "session/host_link.hpp"

#include "async/first_of.hpp"

#include <utility>

namespace vscard::session {

HostLink::HostLink(const asio::any_io_executor& executor, const VscLinkOptions& options,
                   ReaderSide& readers, Notify notify, std::function<void()> remote_changed)
    : HostSession(readers, options.peer, options.apdu_timeout, options.silence, options.grace,
                  options.max_readers),
      link_(
          executor, options.link, *options.transport,
          [this](chardev::Stream& stream) { return serve(stream); }, std::move(notify),
          std::move(remote_changed)) {}

Awaitable<Result<>> HostLink::run() {
  auto ended = co_await async::cut_short(link_.run(), keep_grace());
  drop();
  co_return std::move(*ended);
}

void HostLink::leave() {
  link_.stop();
  HostSession::leave();
}

}  // namespace vscard::session
