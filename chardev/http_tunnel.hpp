#pragma once

#include "chardev/transport.hpp"

#include <string>

namespace vscard::chardev {

/// A way through an HTTP proxy, which Proxmox has before its virtual machines' SPICE servers.
struct Tunnel {
  std::string host;  ///< as the proxy knows it, which need not be the name of a host
  std::string port;
};

/// Asks the proxy at the other end for it (CONNECT, RFC 9110 §9.3.6). After an error the stream is
/// to be closed.
Awaitable<std::expected<void, ConnectError>> open_tunnel(Stream& proxy, Tunnel tunnel);

}  // namespace vscard::chardev
