#pragma once

#include "chardev/key_list.hpp"
#include "protocol/failure.hpp"

#include <string>
#include <string_view>

namespace vscard::chardev {

/// Where a stream leads: "tcp://HOST:PORT", "unix:PATH,mode=0660". What `location` means is the
/// transport's matter.
struct Address {
  std::string scheme;    ///< "tcp"
  std::string location;  ///< "HOST:PORT", without keys
  KeyList keys;          ///< its head is not used

  /// As it is written, without keys: for log lines.
  std::string text() const;
  bool operator==(const Address&) const = default;
};

/// An address and who starts: "listen:ADDRESS" or "connect:ADDRESS".
struct Endpoint {
  enum class Mode { Listen, Connect };
  Mode mode = Mode::Connect;
  Address address;
  bool operator==(const Endpoint&) const = default;
};

// The errors are lines for the user.
Result<Address> parse_address(std::string_view text);
Result<Endpoint> parse_endpoint(std::string_view text);

struct HostPort {
  std::string host;
  std::string port;
  /// A loopback address, or localhost, which hosts_of() in tcp.hpp makes one (RFC 6761 §6.3).
  bool loopback() const;
  bool operator==(const HostPort&) const = default;
};

/// "HOST:PORT", "[::1]:PORT". The port is a number from 0 to 65535.
Result<HostPort> parse_host_port(std::string_view location);

}  // namespace vscard::chardev
