#include "session/vsc_link_options.hpp"

#include "chardev/number.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <utility>

namespace vscard::session {
namespace {

/// The key is no transport's, and is taken out.
Result<protocol::vsc::PeerLimits> take_peer_limits(chardev::Address& address) {
  protocol::vsc::PeerLimits peer;
  const auto text = address.keys.last("peer-max-apdu");
  if (!text) return peer;
  const auto bytes = chardev::parse_number<std::size_t>(*text, protocol::iso7816::kMaxShortResponse,
                                                        protocol::vsc::kMaxPayload);
  if (!bytes) {
    return std::unexpected("peer-max-apdu=" + *text + " is not a number from 258 to 65544");
  }
  std::erase_if(address.keys.keys, [](const auto& key) { return key.first == "peer-max-apdu"; });
  peer.max_command = *bytes;
  peer.max_response = *bytes;
  return peer;
}

/// Some transports only connect, or only listen: whatever the address is, that is what is wrong.
Result<> check_mode(const chardev::Endpoint& endpoint, Transports transports) {
  using Mode = chardev::Endpoint::Mode;
  const std::string& scheme = endpoint.address.scheme;
  const auto found = std::ranges::find(transports, scheme, &chardev::Transport::scheme);
  if (found == transports.end() || (*found)->only.value_or(endpoint.mode) == endpoint.mode) {
    return {};
  }
  if (endpoint.mode == Mode::Connect) {
    return std::unexpected(scheme + " can only listen: write listen: in place of connect:");
  }
  return std::unexpected(scheme +
                         " can only connect, to a SPICE server: write connect: in place of "
                         "listen:; SPICE viewers connect to ccid-passthru, with "
                         "listen:spicevmc://HOST:PORT");
}

}  // namespace

Result<VscLinkOptions> parse_vsc_link(const std::string& text, Transports transports) {
  auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  return vsc_link_to(std::move(*endpoint), transports);
}

Result<VscLinkOptions> vsc_link_to(chardev::Endpoint endpoint, Transports transports) {
  const auto peer = take_peer_limits(endpoint.address);
  if (!peer) return std::unexpected(peer.error());
  if (const auto right = check_mode(endpoint, transports); !right) {
    return std::unexpected(right.error());
  }
  const auto transport = chardev::find_transport(transports, endpoint.address);
  if (!transport) return std::unexpected(transport.error());
  return VscLinkOptions{
      .link = {.endpoint = std::move(endpoint)}, .transport = *transport, .peer = *peer};
}

}  // namespace vscard::session
