#pragma once

#include "chardev/transport.hpp"

#include <span>

namespace vscard::chardev {

/// Those by which our programs reach a peer of VSC: peer_transports(), and NATS, whose
/// library the handler in somebody else's process shall not bring along.
std::span<const Transport* const> program_transports();

}  // namespace vscard::chardev
