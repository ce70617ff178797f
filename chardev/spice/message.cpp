#include "chardev/spice/message.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::spice {
namespace {

constexpr std::size_t kSetAckSize = 8;  ///< bytes: generation, window
constexpr std::size_t kPingSize = 12;   ///< bytes: number, time; padding follows

}  // namespace

Kept keep_first(std::size_t bytes, std::size_t size) {
  if (size < bytes) return std::unexpected(Errc::BadMessage);
  return bytes;
}

Kept keep_all(std::size_t size, std::size_t limit) {
  if (size > limit) return std::unexpected(Errc::BadMessage);
  return size;
}

protocol::SecretBytes encode_message(ClientMessage type, Bytes body) {
  auto bytes = protocol::SecretBytes::with_capacity(kMessageHeader + body.size());
  protocol::ByteWriter out(bytes);
  out.u16_le(static_cast<std::uint16_t>(type));
  out.u32_le(static_cast<std::uint32_t>(body.size()));
  out.bytes(body);
  return bytes;
}

std::expected<std::optional<Message>, Errc> MessageDecoder::next() {
  if (error_) return std::unexpected(*error_);
  if (header_size_ < kMessageHeader) {
    if (!read_header()) return std::nullopt;
    const Kept keep = kept();
    if (!keep) {
      error_ = keep.error();
      return std::unexpected(*error_);
    }
    body_ = protocol::SecretBytes::with_capacity(*keep);
  }
  if (!read_body()) return std::nullopt;
  header_size_ = 0;
  return Message{type_, std::move(body_)};
}

Kept MessageDecoder::kept() const {
  if (missing_ > kMaxMessage) return std::unexpected(Errc::BadMessage);
  if (type_ == ServerMessage::SetAck) return keep_first(kSetAckSize, missing_);
  if (type_ == ServerMessage::Ping) return keep_first(kPingSize, missing_);
  return type_ < kFirstOwnMessage ? Kept(0) : channel_.kept(type_, missing_);
}

/// Is the header complete?
bool MessageDecoder::read_header() {
  while (header_size_ < kMessageHeader && input_.remaining() > 0) {
    header_[header_size_++] = input_.u8();
  }
  if (header_size_ < kMessageHeader) return false;
  protocol::ByteReader in(header_);
  type_ = ServerMessage{in.u16_le()};
  missing_ = in.u32_le();
  return true;
}

/// Is the body complete?
bool MessageDecoder::read_body() {
  const Bytes part = input_.bytes(std::min(missing_, input_.remaining()));
  body_.append(part.first(std::min(part.size(), body_.capacity() - body_.size())));
  missing_ -= part.size();
  return missing_ == 0;
}

}  // namespace vscard::chardev::spice
