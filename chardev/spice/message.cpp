#include "chardev/spice/message.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::spice {
namespace {

/// How a message of this type and size is kept; the first bytes of what has a fixed layout.
std::expected<std::size_t, Errc> kept(ServerMessage type, std::size_t size) {
  constexpr std::size_t kSetAck = 8;     ///< bytes: generation, window
  constexpr std::size_t kPing = 12;      ///< bytes: number, time; padding follows
  constexpr std::size_t kMainInit = 32;  ///< bytes: session and seven words about the display
  constexpr std::size_t kMaxChannelsList = 4 + 2 * 256;  ///< bytes; a bound of ours
  const auto first = [size](std::size_t bytes) -> std::expected<std::size_t, Errc> {
    if (size < bytes) return std::unexpected(Errc::BadMessage);
    return bytes;
  };
  if (size > kMaxMessage) return std::unexpected(Errc::BadMessage);
  if (type == ServerMessage::SetAck) return first(kSetAck);
  if (type == ServerMessage::Ping) return first(kPing);
  if (type == ServerMessage::MainInit) return first(kMainInit);
  const bool list = type == ServerMessage::MainChannelsList;
  if (!list && type != ServerMessage::Card) return 0;
  if (size > (list ? kMaxChannelsList : kMaxCardMessage)) return std::unexpected(Errc::BadMessage);
  return size;
}

}  // namespace

std::expected<std::optional<Message>, Errc> MessageDecoder::next() {
  if (error_) return std::unexpected(*error_);
  if (header_size_ < kMessageHeader) {
    if (!read_header()) return std::nullopt;
    const auto keep = kept(type_, missing_);
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
