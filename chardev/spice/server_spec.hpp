#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/http_tunnel.hpp"
#include "chardev/tls/trust.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <optional>
#include <string>
#include <utility>

namespace vscard::chardev::spice {

/// A SPICE server and how to get in.
struct ServerSpec {
  Address carrier;                  ///< tcp or unix
  std::optional<Tunnel> tunnel;     ///< then the carrier leads to a proxy
  std::optional<tls::Trust> trust;  ///< none: in clear
  protocol::SecretBytes password;
};

// Errors are lines for the user.

/// Is it one of spice://HOST:PORT, spice+tls://HOST:PORT, spice+unix:PATH and spice:FILE.vv, with
/// keys that there are? No file is read.
Result<> check(const Address& address);
/// Where it is, and what a virt-viewer file says; what check() says of another address.
Result<ServerSpec> parse_server(const Address& address);

/// Reads what an address says of its server, for each connection anew: a file may have changed. A
/// descriptor can be read once, so its password stays here as long as this object.
class ServerReader {
 public:
  explicit ServerReader(Address address) : address_(std::move(address)) {}

  /// parse_server() and the password that the address names, for which the user may be asked.
  Result<ServerSpec> read();
  const Address& address() const { return address_; }

 private:
  Result<protocol::SecretBytes> read_descriptor(int number);

  Address address_;
  std::optional<protocol::SecretBytes> remembered_;  ///< what was read from its descriptor
};

}  // namespace vscard::chardev::spice
