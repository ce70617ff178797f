#pragma once

#include "chardev/tls/keys.hpp"
#include "chardev/transport.hpp"

#include <memory>
#include <optional>

namespace vscard::chardev::vnc {

/// Stands in front of the VNC server at `server`: what comes to `carrier` is passed on to it, the
/// login too, unless a client announces after it that it is here for the channel. That client's
/// stream is given; the server's part in it ends with the login. With `keys` clients log in by
/// VeNCrypt; to the server there is TLS if it has no login without.
std::unique_ptr<Listener> tunnel_listener(const asio::any_io_executor& executor,
                                          std::unique_ptr<Listener> carrier, Address server,
                                          std::optional<tls::Keys> keys = {});

}  // namespace vscard::chardev::vnc
