#pragma once

#include "chardev/spice/message.hpp"

#include <expected>
#include <string>

/// Channels of the bytes of a character device, which QEMU calls spicevmc and spiceport. What is
/// said on them is kServerData and kClientData, whose bodies are cut anywhere. A server sends
/// compressed ones to clients that announce LZ4 alone.
namespace vscard::chardev::spice::vmc {

/// For a USB device: the bytes are usbredir's.
extern const ChannelKind kUsbredirChannel;
/// For anything. It has a name, which the server says first.
extern const ChannelKind kPortChannel;

inline constexpr ServerMessage kPortInit{201};
/// The port of a reader that takes VSC as on a socket.
inline constexpr const char* kReaderPort = "org.vscard.vsc.0";
/// Bytes of a kServerData; a bound of ours. Today's servers send 64 KiB at once.
inline constexpr std::size_t kMaxData = std::size_t{128} * 1024;
inline constexpr std::size_t kMaxPortInit = 1024;  ///< bytes; a bound of ours

/// The name that a kPortInit says:
///
///      0      4        8        9         9 + size
///     +------+--------+--------+---------+
///     | size | offset | opened | name, 0 |
///     +------+--------+--------+---------+
std::expected<std::string, Errc> decode_port_name(Bytes port_init);

}  // namespace vscard::chardev::spice::vmc
