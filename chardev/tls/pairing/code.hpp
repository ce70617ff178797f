#pragma once

#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <string>

/// The code that a user carries from one machine to the other: 24 letters and digits in groups of
/// four, "7K2M-9QXW-…". 23 of them are chance, 115 bits, so that nobody can try them all; the last
/// checks the others.
namespace vscard::chardev::tls::pairing {

inline constexpr std::size_t kCodeSize = 24;  ///< characters
inline constexpr std::size_t kMaxTyped =
    4 * kCodeSize;  ///< characters, with what stands between them

/// A code without its groups.
protocol::SecretBytes new_code();
/// As it is shown to the user.
std::string in_groups(const protocol::SecretBytes& code);
/// What a user has typed: small or capital letters, O for 0, I and L for 1, with blanks and dashes
/// anywhere. The error is a line for the user; it finds any one wrong character, and any two that
/// have changed places.
Result<protocol::SecretBytes> parse_code(protocol::Bytes typed);

}  // namespace vscard::chardev::tls::pairing
