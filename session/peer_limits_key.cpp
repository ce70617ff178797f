#include "session/peer_limits_key.hpp"

#include "chardev/number.hpp"
#include "protocol/iso7816/apdu.hpp"

namespace vscard::session {

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

}  // namespace vscard::session
