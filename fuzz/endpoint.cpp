#include "chardev/endpoint.hpp"

#include "chardev/spice/smartcard/client.hpp"
#include "chardev/tls/tls.hpp"
#include "chardev/transport.hpp"
#include "chardev/websocket/websocket.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdint>

using namespace vscard;
using namespace vscard::chardev;

namespace {

constexpr std::array kTransports{&kTcp,
                                 &kUnix,
                                 &tls::kTls,
                                 &websocket::kWebSocket,
                                 &websocket::kWebSocketTls,
                                 &spice::smartcard::kSpice,
                                 &spice::smartcard::kSpiceTls,
                                 &spice::smartcard::kSpiceUnix};

std::string doubled(const std::string& part) {
  std::string text;
  for (const char c : part) text += c == ',' ? ",," : std::string(1, c);
  return text;
}

std::string written(const Address& address) {
  std::string text = doubled(address.scheme) + "://" + doubled(address.location);
  for (const auto& [key, value] : address.keys.keys) {
    text += "," + doubled(key) + "=" + doubled(value);
  }
  return text;
}

std::string written(const Endpoint& endpoint) {
  return (endpoint.mode == Endpoint::Mode::Listen ? "listen:" : "connect:") +
         written(endpoint.address);
}

/// A log line's address leads to the same place; only a UNIX socket's slashes may be too many
/// there.
void check_text(const Address& address) {
  if (address.location.starts_with("//")) return;
  const auto again = parse_address(doubled(address.text()));
  if (!again || again->scheme != address.scheme) __builtin_trap();
  if (again->location != address.location || !again->keys.keys.empty()) __builtin_trap();
}

/// In brackets, with which every host can be written.
std::string written(const HostPort& target) { return "[" + target.host + "]:" + target.port; }

/// As the system reads addresses. A scope, "%lo", changes nothing.
bool is_loopback(const HostPort& target) {
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, target.host.c_str(), bytes.data()) == 1) return bytes[0] == 127;
  const std::string host = target.host.substr(0, target.host.find('%'));
  if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1) return target.host == "localhost";
  return bytes == std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
}

void check_target(const std::string& location) {
  const auto target = parse_host_port(location);
  if (!target) return;
  if (target->host.empty() || target->port.empty()) __builtin_trap();
  if (parse_host_port(written(*target)) != *target) __builtin_trap();
  if (target->loopback() != is_loopback(*target)) __builtin_trap();
}

/// A transport takes no address that its sockets could not have.
void check_transport(const Address& address) {
  const auto found = find_transport(kTransports, address);
  if (!found) return;
  if ((*found)->scheme != address.scheme || (*found)->absent) __builtin_trap();
  const bool file = address.scheme.ends_with("unix");
  if (file && (address.location.empty() || address.location.size() > 107)) __builtin_trap();
  const bool has_path = address.scheme.starts_with("ws");
  const std::size_t end = has_path ? address.location.find('/') : std::string::npos;
  const auto target = parse_host_port(address.location.substr(0, end));
  if (!file && !target && !address.location.ends_with(".vv")) __builtin_trap();
  if (address.scheme != "tcp") return;
  if (!address.keys.keys.empty()) __builtin_trap();
  if (kTcp.reachable_unencrypted(address) == target->loopback()) __builtin_trap();
}

}  // namespace

// An endpoint, an address or HOST:PORT. What is read as one is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check_target(text);
  const auto endpoint = parse_endpoint(text);
  if (endpoint && parse_endpoint(written(*endpoint)) != *endpoint) __builtin_trap();
  const auto address = endpoint ? endpoint->address : parse_address(text);
  if (!address) return 0;
  if (parse_address(written(*address)) != *address) __builtin_trap();
  check_text(*address);
  check_target(address->location);
  check_transport(*address);
  return 0;
}
