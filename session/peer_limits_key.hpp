#pragma once

#include "chardev/endpoint.hpp"
#include "protocol/failure.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <string>

namespace vscard::session {

/// What an address says of the VSC peer there: its key peer-max-apdu, which is no transport's and
/// is taken out. The error is a line for the user.
Result<protocol::vsc::PeerLimits> take_peer_limits(chardev::Address& address);

}  // namespace vscard::session
