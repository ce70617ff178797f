#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/tls/keys.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <optional>
#include <string>
#include <utility>

namespace vscard::chardev::vnc {

// Errors are lines for the user.

/// vnc://HOST:DISPLAY, with keys that there are? No file is read.
Result<> check(const Address& address);
/// tcp://HOST:PORT of vnc://HOST:DISPLAY.
Result<Address> parse_carrier(const Address& address);
/// Where the key `server` says that the VNC server is: tcp, or unix.
Result<Address> parse_server(const Address& address);

/// What the keys cert, key, ca and name say; nothing: there is none, and no TLS.
Result<std::optional<tls::Keys>> parse_tls(const Address& address);

/// Reads the password that an address names, for each connection anew: a file may have changed. A
/// descriptor can be read once, so what it gave stays here as long as this object.
class PasswordReader {
 public:
  explicit PasswordReader(KeyList keys) : keys_(std::move(keys)) {}

  /// Empty: none is named.
  Result<protocol::SecretBytes> read();

 private:
  KeyList keys_;
  std::optional<protocol::SecretBytes> remembered_;  ///< of a descriptor
};

}  // namespace vscard::chardev::vnc
