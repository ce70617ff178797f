#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/http_tunnel.hpp"
#include "chardev/websocket/engine.hpp"
#include "protocol/failure.hpp"

#include <optional>
#include <string>

namespace vscard::chardev::websocket {

/// What ws://HOST:PORT/PATH and its keys say.
struct ServerSpec {
  Address carrier;                        ///< where to connect to, or to listen
  std::string host;                       ///< "HOST:PORT" of the address
  Service service;                        ///< the path, and for a listener the origin
  std::optional<Tunnel> tunnel;           ///< then the carrier leads to a proxy
  std::optional<std::string> token_file;  ///< of a bearer token, RFC 6750
};

// Errors are lines for the user.

Result<ServerSpec> parse_server(const Address& address);

}  // namespace vscard::chardev::websocket
