#pragma once

#include "chardev/spice/message.hpp"

#include <expected>
#include <vector>

namespace vscard::chardev::spice {

// A client's main channel: it begins the session, and has to live as long as any other.

extern const ChannelKind kMainChannel;

inline constexpr ServerMessage kMainInit{103};
inline constexpr ServerMessage kMainChannelsList{104};

/// Asks for a kMainChannelsList.
protocol::SecretBytes encode_attach_channels();

/// The session that a kMainInit begins.
SessionId session_of(const Message& main_init);
/// The channels of a kMainChannelsList. Where a server takes several clients, there may be others
/// all the same.
std::expected<std::vector<ChannelId>, Errc> decode_channels(const Message& channels_list);

}  // namespace vscard::chardev::spice
