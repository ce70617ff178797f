#include "chardev/spice/link_message.hpp"

#include <algorithm>

namespace vscard::chardev::spice {
namespace {

using protocol::ByteReader;
using protocol::ByteWriter;

constexpr std::array<std::uint8_t, kMagicSize> kMagic{'R', 'E', 'D', 'Q'};
constexpr std::uint32_t kMajorVersion = 2;
constexpr std::uint32_t kMinorVersion = 2;
constexpr std::uint32_t kLinkRequestSize = 18;  ///< bytes, without capabilities
constexpr std::size_t kLinkReplySize = 178;     ///< bytes, without capabilities
constexpr std::uint32_t kByTicket = 1;          ///< the number of CommonCapability::AuthSpice
/// A TLS alert record begins like this (RFC 8446 §5.1).
constexpr std::array<std::uint8_t, 2> kTlsAlert{0x15, 0x03};

constexpr std::uint32_t kOurCapabilities =
    static_cast<std::uint32_t>(CommonCapability::AuthSelection) |
    static_cast<std::uint32_t>(CommonCapability::AuthSpice) |
    static_cast<std::uint32_t>(CommonCapability::MiniHeader);

}  // namespace

std::vector<std::uint8_t> encode_link_request(ChannelId channel, SessionId session) {
  std::vector<std::uint8_t> bytes;
  ByteWriter out(bytes);
  out.bytes(kMagic);
  out.u32_le(kMajorVersion);
  out.u32_le(kMinorVersion);
  out.u32_le(kLinkRequestSize + sizeof(kOurCapabilities));
  out.u32_le(static_cast<std::uint32_t>(session));
  out.u8(static_cast<std::uint8_t>(channel.type));
  out.u8(static_cast<std::uint8_t>(channel.number));
  out.u32_le(1);  // word of common capabilities
  out.u32_le(0);  // words of the channel's
  out.u32_le(kLinkRequestSize);
  out.u32_le(kOurCapabilities);
  return bytes;
}

std::vector<std::uint8_t> encode_authentication(Bytes ticket) {
  std::vector<std::uint8_t> bytes;
  ByteWriter out(bytes);
  out.u32_le(kByTicket);
  out.bytes(ticket);
  return bytes;
}

std::expected<void, Errc> check_magic(Bytes magic) {
  if (std::ranges::equal(magic, kMagic)) return {};
  const bool tls = std::ranges::equal(magic.first(kTlsAlert.size()), kTlsAlert);
  return std::unexpected(tls ? Errc::SpeaksTls : Errc::NotSpice);
}

std::expected<std::size_t, Errc> decode_link_header(Bytes rest) {
  ByteReader in(rest);
  const std::uint32_t major = in.u32_le();
  in.u32_le();  // a minor version changes nothing here
  const std::uint32_t size = in.u32_le();
  if (major != kMajorVersion) return std::unexpected(Errc::AnotherVersion);
  if (size < kLinkReplySize || size > kMaxLinkReply) return std::unexpected(Errc::BadMessage);
  return size;
}

std::expected<LinkReply, Errc> decode_link_reply(Bytes reply) {
  LinkReply decoded;
  ByteReader in(reply);
  decoded.status = LinkStatus{in.u32_le()};
  std::ranges::copy(in.bytes(kPublicKeySize), decoded.public_key.begin());
  const std::uint32_t common = in.u32_le();
  const std::uint32_t channel = in.u32_le();
  const std::uint32_t offset = in.u32_le();
  if (!in.ok()) return std::unexpected(Errc::BadMessage);
  if (common == 0) return decoded;
  ByteReader words(reply);
  words.bytes(offset);
  decoded.capabilities = words.u32_le();
  const std::uint64_t further = std::uint64_t{common} - 1 + channel;
  if (!words.ok() || further * sizeof(std::uint32_t) > words.remaining()) {
    return std::unexpected(Errc::BadMessage);
  }
  return decoded;
}

LinkStatus decode_link_result(Bytes result) { return LinkStatus{ByteReader(result).u32_le()}; }

}  // namespace vscard::chardev::spice
