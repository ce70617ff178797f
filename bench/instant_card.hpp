#pragma once

#include "bench/sockets.hpp"
#include "chardev/transport.hpp"

#include <span>
#include <string>

namespace vscard::bench {

/// How a client treats what QEMU sends it in two parts, without TCP_NODELAY.
enum class Acknowledge {
  AtOnce,           ///< as our client does
  AsTheSystemDoes,  ///< as libcacard's own client did: 40 ms late
};

using Transports = std::span<const chardev::Transport* const>;

/// A client of ours whose card answers every command at once with 9000: what it costs is the
/// session, the codec and the socket. Connects to "tcp://HOST:PORT" or "unix:PATH" and serves until
/// the host closes; throws when it cannot.
void serve_instant_card(const std::string& address, Acknowledge acknowledge,
                        Transports transports = chardev::standard_transports());
/// The same over a socket that is connected.
void serve_instant_card(const Socket& socket);

}  // namespace vscard::bench
