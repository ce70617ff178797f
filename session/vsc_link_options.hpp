#pragma once

#include "protocol/failure.hpp"
#include "protocol/vsc/keepalive.hpp"
#include "protocol/vsc/peer_limits.hpp"
#include "protocol/vsc/resumption.hpp"
#include "session/link.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vscard::session {

/// A link that carries VSC: where it leads, and what is known of the peer there.
struct VscLinkOptions {
  LinkOptions link;
  const chardev::Transport* transport = nullptr;  ///< the endpoint's; outlives the link
  protocol::vsc::PeerLimits peer = {};
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;
  protocol::Duration silence = protocol::vsc::kSilence;  ///< see Keepalive
  protocol::Duration grace = protocol::vsc::kGrace;      ///< see Resumption
  std::uint32_t max_readers = 1;                         ///< see VscHost
};

using Transports = std::span<const chardev::Transport* const>;

/// Reads an endpoint of VSC as users write it: its key peer-max-apdu says what the peer can take,
/// keepalive how long it may be silent, grace how long a broken conversation waits for another
/// connection, if the transport has more than one, and the others are its transport's. The error is
/// a line for the user.
Result<VscLinkOptions> parse_vsc_link(const std::string& text, Transports transports);
/// The same for an endpoint that had further keys, which have been taken out.
Result<VscLinkOptions> vsc_link_to(chardev::Endpoint endpoint, Transports transports);

/// Takes the key cards=N out of a host's endpoint: how many readers it has for a client, at a time.
/// Nothing: it has none. The error is a line for the user.
Result<std::optional<std::uint32_t>> take_cards(chardev::Address& address);
/// … without the key, where readers can be made.
inline constexpr std::uint32_t kUsualCards = 8;

}  // namespace vscard::session
