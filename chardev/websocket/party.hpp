#pragma once

#include "chardev/transport.hpp"
#include "chardev/websocket/stream.hpp"

#include <expected>
#include <memory>
#include <string>

namespace vscard::chardev::websocket {

// A WebSocket over any stream.

/// As a client; `remote` is the server's name for log lines.
Awaitable<Connected> connect_websocket(asio::any_io_executor executor,
                                       std::unique_ptr<Stream> carrier, std::string remote,
                                       Question question);

/// As a server; the error is for log lines.
Awaitable<Result<std::unique_ptr<Stream>>> accept_websocket(asio::any_io_executor executor,
                                                            std::unique_ptr<Stream> carrier,
                                                            std::string remote, Service service);

}  // namespace vscard::chardev::websocket
