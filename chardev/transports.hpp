#pragma once

#include "chardev/transport.hpp"

#include <span>

namespace vscard::chardev {

/// Those by which every program reaches a peer of VSC or usbredir: the standard ones, and those
/// that need libraries.
std::span<const Transport* const> peer_transports();

}  // namespace vscard::chardev
