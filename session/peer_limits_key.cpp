#include "session/peer_limits_key.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <charconv>

namespace vscard::session {

Result<protocol::vsc::PeerLimits> take_peer_limits(chardev::Address& address) {
  protocol::vsc::PeerLimits peer;
  const auto text = address.keys.last("peer-max-apdu");
  if (!text) return peer;
  std::size_t bytes = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, bytes);
  if (error != std::errc{} || stop != end || bytes < protocol::iso7816::kMaxShortResponse ||
      bytes > protocol::vsc::kMaxPayload) {
    return std::unexpected("peer-max-apdu=" + *text + " is no number from 258 to 65544");
  }
  std::erase_if(address.keys.keys, [](const auto& key) { return key.first == "peer-max-apdu"; });
  peer.max_command = bytes;
  peer.max_response = bytes;
  return peer;
}

}  // namespace vscard::session
