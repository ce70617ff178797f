#include "session/vsc_link_options.hpp"

#include "chardev/number.hpp"
#include "protocol/iso7816/apdu.hpp"

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

}  // namespace

Result<VscLinkOptions> parse_vsc_link(const std::string& text, Transports transports) {
  auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  return vsc_link_to(std::move(*endpoint), transports);
}

Result<VscLinkOptions> vsc_link_to(chardev::Endpoint endpoint, Transports transports) {
  const auto peer = take_peer_limits(endpoint.address);
  if (!peer) return std::unexpected(peer.error());
  const auto transport = chardev::find_transport(transports, endpoint);
  if (!transport) return std::unexpected(transport.error());
  return VscLinkOptions{
      .link = {.endpoint = std::move(endpoint)}, .transport = *transport, .peer = *peer};
}

}  // namespace vscard::session
