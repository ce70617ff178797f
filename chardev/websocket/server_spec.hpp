#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/http_tunnel.hpp"
#include "chardev/tls/keys.hpp"
#include "chardev/websocket/engine.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <optional>
#include <string>

namespace vscard::chardev::websocket {

/// What ws://HOST:PORT/PATH or wss://… and its keys say.
struct ServerSpec {
  Address carrier;                        ///< where to connect to, or to listen
  std::string host;                       ///< "HOST:PORT" of the address
  Service service;                        ///< the path, and for a listener the origin
  std::optional<Tunnel> tunnel;           ///< then the carrier leads to a proxy
  std::optional<std::string> token_file;  ///< of a bearer token, RFC 6750
  std::optional<tls::Keys> keys;          ///< of wss://
};

// Errors are lines for the user.

Result<ServerSpec> parse_server(const Address& address);
/// What only a listener lacks, or cannot use; its files are read.
Result<> check_listener(const ServerSpec& server);
/// The token, if there is one. Read for each connection anew: tokens are exchanged while programs
/// run.
Result<protocol::SecretBytes> read_token(const ServerSpec& server);

}  // namespace vscard::chardev::websocket
