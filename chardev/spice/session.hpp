#pragma once

#include "chardev/spice/link.hpp"

#include <expected>
#include <memory>
#include <vector>

namespace vscard::chardev::spice {

/// A client's session with a server.
struct Session {
  std::unique_ptr<Connection> main;  ///< has to live as long as any other channel
  SessionId id{};
  std::vector<ChannelType> channels;  ///< that the server lists
};

// `server` must outlive the calls.

/// Links the main channel, and hears what is said first on it.
Awaitable<std::expected<Session, ConnectError>> begin_session(asio::any_io_executor executor,
                                                              const ServerSpec& server);
/// A further channel of a session, linked. `session` must outlive the call, `kind` the connection.
Awaitable<std::expected<std::unique_ptr<Connection>, ConnectError>> join_session(
    asio::any_io_executor executor, const ServerSpec& server, const Session& session,
    const ChannelKind& kind);

}  // namespace vscard::chardev::spice
