#pragma once

#include "chardev/transport.hpp"
#include "protocol/time.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace vscard::chardev {

/// What a connection has to pass before it is one: gives the stream over it, or why there is none,
/// for log lines: an empty line says that it came for something else. It may be ended at any time.
using Handshake =
    std::function<Awaitable<Result<std::unique_ptr<Stream>>>(std::unique_ptr<Stream>)>;

/// Gives the streams whose handshake has come to its end. Handshakes run side by side, so that a
/// peer that is slow, or hostile, keeps nobody waiting; of too many the oldest gives way.
/// `scheme` is that of the listener's address, and `path` what stands at its end. A handshake ends
/// after `limit`.
std::unique_ptr<Listener> handshake_listener(
    const asio::any_io_executor& executor, std::unique_ptr<Listener> carrier, Handshake handshake,
    std::string scheme, std::string path = "",
    protocol::Duration limit = protocol::vsc::kAnswerTimeout);

/// "tls://HOST:PORT" for "tcp://HOST:PORT": the address of what is carried.
std::string with_scheme(const std::string& scheme, const std::string& address);

}  // namespace vscard::chardev
