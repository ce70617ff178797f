#include "ccid-passthru/usbip/endpoint.hpp"

#include <string_view>

namespace vscard::ccid_passthru::usbip {
namespace {

/// "HOST", "[::1]", "::1" (which parse_host_port refuses): without a port.
void add_default_port(chardev::Address& address) {
  if (address.scheme != "tcp" && address.scheme != "tls") return;
  const std::string& location = address.location;
  const auto colon = location.rfind(':');
  if (colon != std::string::npos && location.back() != ']') return;
  address.location += std::string(":") + kDefaultPort;
}

std::string port_of(const chardev::Address& address) {
  const auto place = chardev::parse_host_port(address.location);
  return place ? place->port : kDefaultPort;
}

}  // namespace

Result<chardev::Endpoint> parse_endpoint(const std::string& text,
                                         std::span<const chardev::Transport* const> transports) {
  auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  if (endpoint->mode == chardev::Endpoint::Mode::Connect) {
    return std::unexpected("clients of USB/IP connect: write --usbip listen: in place of connect:");
  }
  add_default_port(endpoint->address);
  const auto transport = chardev::find_transport(transports, *endpoint);
  if (!transport) return std::unexpected(transport.error());
  return endpoint;
}

Result<> check_exposure(const chardev::Address& address, const chardev::Transport& transport) {
  if (!transport.reachable_unencrypted(address)) return {};
  const std::string port = port_of(address);
  std::string text =
      "will not listen on " + address.text() +
      ": USB/IP is not encrypted, and anyone who can reach it can use the cards; listen on "
      "tcp://127.0.0.1:" +
      port + " and let the other machine run 'ssh -N -L " + port + ":127.0.0.1:" + port +
      " HOST' and attach from 127.0.0.1";
  if (transport.encrypted != nullptr) {
    text += ", or use listen:" + transport.encrypted(address) +
            ",cert=FILE,key=FILE,ca=FILE, to which socat or stunnel leads there";
  }
  return std::unexpected(text + ", or pass --insecure");
}

}  // namespace vscard::ccid_passthru::usbip
