#pragma once

#include "chardev/spice/message.hpp"
#include "protocol/vsc/message.hpp"

namespace vscard::chardev::spice::smartcard {

/// The smart card channel. All that is said on it is kServerData and kClientData, whose body is a
/// VSC message with the words of its header little endian.
extern const ChannelKind kCardChannel;

inline constexpr std::size_t kMaxCardMessage =
    protocol::vsc::kHeaderSize + protocol::vsc::kMaxPayload;  ///< bytes

}  // namespace vscard::chardev::spice::smartcard
