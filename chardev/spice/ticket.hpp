#pragma once

#include "chardev/secret_input.hpp"
#include "chardev/spice/link_message.hpp"
#include "protocol/secret.hpp"

#include <expected>
#include <vector>

namespace vscard::chardev::spice {

/// The password, at most kSpicePassword.max_size bytes, for the owner of the key alone: RSA-OAEP
/// with SHA-1, as SPICE has it. Also where no password is asked for the server wants a ticket that
/// decrypts.
std::expected<std::vector<std::uint8_t>, Errc> encrypt_ticket(
    Bytes public_key, const protocol::SecretBytes& password);

}  // namespace vscard::chardev::spice
