#include "session/vsc_link_options.hpp"

#include "chardev/number.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <optional>
#include <utility>

namespace vscard::session {
namespace {

constexpr std::chrono::seconds kLongestWait{3600};
constexpr std::uint32_t kMostCards = 32;

/// A key that belongs to no transport.
std::optional<std::string> take(chardev::Address& address, const char* name) {
  auto text = address.keys.last(name);
  std::erase_if(address.keys.keys, [name](const auto& key) { return key.first == name; });
  return text;
}

Result<protocol::vsc::PeerLimits> take_peer_limits(chardev::Address& address) {
  protocol::vsc::PeerLimits peer;
  const auto text = take(address, "peer-max-apdu");
  if (!text) return peer;
  const auto bytes = chardev::parse_number<std::size_t>(*text, protocol::iso7816::kMaxShortResponse,
                                                        protocol::vsc::kMaxPayload);
  if (!bytes) {
    return std::unexpected("peer-max-apdu=" + *text + " is not a number from 258 to 65544");
  }
  peer.max_command = *bytes;
  peer.max_response = *bytes;
  return peer;
}

Result<protocol::Duration> take_seconds(chardev::Address& address, const char* name,
                                        protocol::Duration otherwise) {
  const auto text = take(address, name);
  if (!text) return otherwise;
  const auto seconds = chardev::parse_number<int>(*text, 0, kLongestWait.count());
  if (!seconds) return std::unexpected(name + ("=" + *text) + " is not a number from 0 to 3600");
  return std::chrono::seconds(*seconds);
}

}  // namespace

Result<std::optional<std::uint32_t>> take_cards(chardev::Address& address) {
  const auto text = take(address, "cards");
  if (!text) return std::nullopt;
  const auto cards = chardev::parse_number<std::uint32_t>(*text, 1, kMostCards);
  if (!cards) return std::unexpected("cards=" + *text + " is not a number from 1 to 32");
  return *cards;
}

Result<VscLinkOptions> parse_vsc_link(const std::string& text, Transports transports) {
  auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  return vsc_link_to(std::move(*endpoint), transports);
}

Result<VscLinkOptions> vsc_link_to(chardev::Endpoint endpoint, Transports transports) {
  const auto peer = take_peer_limits(endpoint.address);
  if (!peer) return std::unexpected(peer.error());
  const auto silence = take_seconds(endpoint.address, "keepalive", protocol::vsc::kSilence);
  if (!silence) return std::unexpected(silence.error());
  const auto grace = take_seconds(endpoint.address, "grace", protocol::vsc::kGrace);
  if (!grace) return std::unexpected(grace.error());
  const auto transport = chardev::find_transport(transports, endpoint);
  if (!transport) return std::unexpected(transport.error());
  const bool once = endpoint.mode == chardev::Endpoint::Mode::Connect && (*transport)->once;
  return VscLinkOptions{.link = {.endpoint = std::move(endpoint)},
                        .transport = *transport,
                        .peer = *peer,
                        .silence = *silence,
                        .grace = once ? protocol::Duration{} : *grace};
}

}  // namespace vscard::session
