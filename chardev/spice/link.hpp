#pragma once

#include "chardev/spice/connection.hpp"
#include "chardev/spice/server_spec.hpp"
#include "chardev/transport.hpp"

#include <expected>
#include <memory>

namespace vscard::chardev::spice {

/// As a line for the user.
ConnectError failure(const std::error_code& error);

/// A connection of its own for a channel, linked. Errc::HungUp: the server closes it without an
/// answer. `server` must outlive the call, `kind` the connection.
Awaitable<std::expected<std::unique_ptr<Connection>, ConnectError>> link_channel(
    asio::any_io_executor executor, const ServerSpec& server, const ChannelKind& kind,
    ChannelNumber number, SessionId session);

}  // namespace vscard::chardev::spice
