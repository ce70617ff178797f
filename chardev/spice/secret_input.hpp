#pragma once

#include "protocol/secret.hpp"

#include <cstddef>
#include <expected>
#include <string>

namespace vscard::chardev::spice {

// Errors are lines for the user.

/// A file of at most `limit` bytes, which may hold a password.
std::expected<protocol::SecretBytes, std::string> read_secret_file(const std::string& path,
                                                                   std::size_t limit);
/// A password: the first line of a file.
std::expected<protocol::SecretBytes, std::string> read_password_file(const std::string& path);
/// The same from an open descriptor; on a terminal it is asked for.
std::expected<protocol::SecretBytes, std::string> read_password_fd(int fd);

}  // namespace vscard::chardev::spice
