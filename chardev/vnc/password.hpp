#pragma once

#include "chardev/secret_input.hpp"
#include "chardev/vnc/errc.hpp"
#include "chardev/vnc/message.hpp"

#include <expected>
#include <vector>

namespace vscard::chardev::vnc {

/// Of its bytes the first eight count.
inline constexpr SecretKind kVncPassword{.name = "VNC password", .max_size = 255};

/// The answer to a server's challenge (kChallengeSize bytes): DES, RFC 6143 §7.2.2.
std::expected<std::vector<std::uint8_t>, Errc> answer_challenge(
    Bytes challenge, const protocol::SecretBytes& password);

}  // namespace vscard::chardev::vnc
