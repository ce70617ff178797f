#pragma once

#include "chardev/transport.hpp"

#include <span>

namespace vscard::vscclient {

/// The ways to a host: those that every program has, NATS, and SPICE.
std::span<const chardev::Transport* const> transports();

}  // namespace vscard::vscclient
