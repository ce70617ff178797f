#pragma once

#include "chardev/key_list.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vscard::chardev {

/// What is read: its name for the user, and its largest size.
struct SecretKind {
  std::string_view name;                        ///< "SPICE password"
  std::size_t max_size = 0;                     ///< bytes
  std::string_view fd_option = "password-fd=";  ///< how a descriptor is written, before its number
};

/// What a SPICE server can have (SPICE_MAX_PASSWORD_LENGTH).
inline constexpr SecretKind kSpicePassword{.name = "SPICE password", .max_size = 60};

/// Where a secret is: the path of a file, or an open descriptor.
using SecretSource = std::variant<std::string, int>;

// Errors are lines for the user.

/// What the keys password-file and password-fd of an address say; nothing without them.
Result<std::optional<SecretSource>> parse_password_keys(const KeyList& keys);

/// For what is better kept from others: the others who can read the file, and the remedy.
/// Nothing: nobody can, or it is not a file.
std::optional<std::string> exposure_of(const std::string& path);

// Who reads a FIFO into which nobody writes is told after a second what is waited for.

/// A file of at most `limit` bytes, which may hold a password.
Result<protocol::SecretBytes> read_secret_file(const std::string& path, std::size_t limit);
/// The first line of a file.
Result<protocol::SecretBytes> read_secret_line(const std::string& path, const SecretKind& kind);
/// The same from an open descriptor, of which it takes no more than the line; on a terminal the
/// user is asked for it.
Result<protocol::SecretBytes> read_secret_line(int fd, const SecretKind& kind);
/// The next line of a terminal, which shows what is typed.
Result<protocol::SecretBytes> read_shown_line(int fd, const SecretKind& kind);

}  // namespace vscard::chardev
