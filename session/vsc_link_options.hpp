#pragma once

#include "protocol/vsc/peer_limits.hpp"
#include "session/link.hpp"

namespace vscard::session {

/// A link that carries VSC: where it leads, and what is known of the peer there.
struct VscLinkOptions {
  LinkOptions link;
  const chardev::Transport* transport = nullptr;  ///< the endpoint's; outlives the link
  protocol::vsc::PeerLimits peer = {};
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;
};

}  // namespace vscard::session
