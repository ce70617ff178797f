#pragma once

#include "chardev/spice/message.hpp"
#include "protocol/vsc/message.hpp"

namespace vscard::chardev::spice::smartcard {

/// The smart card channel. All that is said on it is one type of message each way, whose body is a
/// VSC message with the words of its header little endian.
extern const ChannelKind kCardChannel;

inline constexpr ServerMessage kCardMessage{101};
inline constexpr std::size_t kMaxCardMessage =
    protocol::vsc::kHeaderSize + protocol::vsc::kMaxPayload;  ///< bytes

/// A card message for the server.
protocol::SecretBytes encode_card_message(Bytes body);

}  // namespace vscard::chardev::spice::smartcard
