#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/secret_input.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

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
  std::optional<SecretSource> password;
};

// The errors are lines for the user.
Result<Options> parse_options(const Address& address);
/// Text and a NUL. A failure, too, where no password is named.
Result<protocol::SecretBytes> read_password(const Options& options);

}  // namespace vscard::chardev::spicevmc
