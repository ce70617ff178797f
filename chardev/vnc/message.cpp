#include "chardev/vnc/message.hpp"

#include <algorithm>

namespace vscard::chardev::vnc {
namespace {

using protocol::ByteReader;
using protocol::ByteWriter;

constexpr std::size_t kBeforeName = 20;  ///< bytes of ServerInit before the size of the name

std::string_view text_of(Bytes bytes) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

template <class Container>
void write_header(Container& bytes, ChannelKind kind, std::size_t length) {
  ByteWriter out(bytes);
  out.u8(kChannelMessage);
  out.u8(static_cast<std::uint8_t>(kind));
  out.u16_be(0);
  out.u32_be(static_cast<std::uint32_t>(length));
}

}  // namespace

bool is_rfb(Bytes version) { return text_of(version).starts_with("RFB "); }

bool has_38(Bytes version) {
  return is_rfb(version) && version.size() == kVersionSize && text_of(version) >= kVersion;
}

bool is_38(Bytes version) { return text_of(version) == kVersion; }

bool is_ok(Bytes result) {
  ByteReader in(result);
  return in.u32_be() == 0 && in.ok_and_done();
}

Subtype subtype_of(Security login) {
  return login == Security::VncPassword ? Subtype::X509Vnc : Subtype::X509None;
}

std::optional<Security> login_of(Bytes subtype) {
  const Subtype read{ByteReader(subtype).u32_be()};
  if (read == Subtype::X509None) return Security::None;
  if (read == Subtype::X509Vnc) return Security::VncPassword;
  return std::nullopt;
}

std::uint32_t name_size(Bytes server_init) {
  ByteReader in(server_init);
  in.bytes(kBeforeName);
  return in.u32_be();
}

std::uint16_t encoding_count(Bytes rest) {
  ByteReader in(rest);
  in.u8();  // padding
  return in.u16_be();
}

std::vector<std::uint8_t> encode_announcement() {
  std::vector<std::uint8_t> bytes;
  ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(ClientMessage::SetEncodings));
  out.u8(0);
  out.u16_be(1);
  out.u32_be(kChannelEncoding);
  return bytes;
}

bool announces(Bytes encodings) {
  ByteReader in(encodings);
  while (in.remaining() >= kEncodingSize) {
    if (in.u32_be() == kChannelEncoding) return true;
  }
  return false;
}

std::vector<std::uint8_t> encode_offer() {
  std::vector<std::uint8_t> bytes;
  write_header(bytes, ChannelKind::Offer, kChannelName.size());
  bytes.insert(bytes.end(), kChannelName.begin(), kChannelName.end());
  return bytes;
}

bool is_offer(Bytes message) { return std::ranges::equal(message, encode_offer()); }

protocol::SecretBytes encode_data(Bytes bytes) {
  auto message = protocol::SecretBytes::with_capacity(kChannelHeaderSize + bytes.size());
  write_header(message, ChannelKind::Data, bytes.size());
  message.append(bytes);
  return message;
}

std::optional<ChannelHeader> decode_channel_header(
    std::span<const std::uint8_t, kChannelHeaderSize> bytes) {
  ByteReader in(bytes);
  if (in.u8() != kChannelMessage) return std::nullopt;
  const ChannelKind kind{in.u8()};
  in.u16_be();  // 0; a later revision may use it
  return ChannelHeader{.kind = kind, .length = in.u32_be()};
}

}  // namespace vscard::chardev::vnc
