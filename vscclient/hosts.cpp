#include "vscclient/hosts.hpp"

#include "session/client_link.hpp"
#include "session/vpcd_link.hpp"

#include <utility>

namespace vscard::vscclient {
namespace {

template <class Link>
cards::link::MakeHosts hosts_of(const asio::any_io_executor& executor,
                                session::VscLinkOptions options) {
  return [executor, options = std::move(options)](session::CardSide& card, Notify notify,
                                                  std::function<void()> remote_changed) {
    return std::make_unique<Link>(executor, options, card, std::move(notify),
                                  std::move(remote_changed));
  };
}

}  // namespace

cards::link::MakeHosts hosts_at(const asio::any_io_executor& executor,
                                session::VscLinkOptions options, Speaks speaks) {
  return speaks == Speaks::Vpcd ? hosts_of<session::VpcdLink>(executor, std::move(options))
                                : hosts_of<session::ClientLink>(executor, std::move(options));
}

}  // namespace vscard::vscclient
