#pragma once

#include "chardev/spice/link_message.hpp"
#include "protocol/secret.hpp"

#include <expected>
#include <vector>

namespace vscard::chardev::spice {

/// Characters of a password that a SPICE server can have (SPICE_MAX_PASSWORD_LENGTH).
inline constexpr std::size_t kMaxPassword = 60;

/// The password, at most kMaxPassword bytes, for the owner of the key alone: RSA-OAEP with SHA-1,
/// as SPICE has it. Also where no password is asked for the server wants a ticket that decrypts.
std::expected<std::vector<std::uint8_t>, Errc> encrypt_ticket(
    Bytes public_key, const protocol::SecretBytes& password);

}  // namespace vscard::chardev::spice
