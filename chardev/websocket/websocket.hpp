#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev::websocket {

/// "ws://HOST:PORT/PATH,…": the binary messages of a WebSocket, RFC 6455.
extern const Transport kWebSocket;
/// "wss://HOST:PORT/PATH,…": the same over TLS 1.3, with the keys of tls://.
extern const Transport kWebSocketTls;

}  // namespace vscard::chardev::websocket
