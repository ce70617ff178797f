#pragma once

#include "chardev/secret_input.hpp"
#include "chardev/spice/link_message.hpp"
#include "protocol/secret.hpp"

#include <expected>
#include <vector>

namespace vscard::chardev::spice {

/// What a SPICE server can have (SPICE_MAX_PASSWORD_LENGTH).
inline constexpr SecretKind kPassword{.name = "SPICE password", .max_size = 60};

/// The password, at most kPassword.max_size bytes, for the owner of the key alone: RSA-OAEP with
/// SHA-1, as SPICE has it. Also where no password is asked for the server wants a ticket that
/// decrypts.
std::expected<std::vector<std::uint8_t>, Errc> encrypt_ticket(
    Bytes public_key, const protocol::SecretBytes& password);

}  // namespace vscard::chardev::spice
