#pragma once

#include "chardev/endpoint.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <expected>
#include <optional>
#include <string>

namespace vscard::chardev::spicevmc {

struct TlsFiles {
  std::string certificate;  ///< PEM, with its chain
  std::string key;          ///< PEM
};

/// What an address spicevmc://HOST:PORT or spicevmc+unix:PATH and its keys ask for.
struct Options {
  Address socket;  ///< tcp:// or unix: with the keys of these
  std::optional<TlsFiles> tls;
  std::optional<std::string> password_file;
  std::optional<int> password_descriptor;

  bool has_password() const { return password_file || password_descriptor; }
};

// The errors are lines for the user.
Result<Options> parse_options(const Address& address);
/// Text and a NUL. A failure, too, without has_password().
Result<protocol::SecretBytes> read_password(const Options& options);

}  // namespace vscard::chardev::spicevmc
