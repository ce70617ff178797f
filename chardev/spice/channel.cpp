#include "chardev/spice/channel.hpp"

#include <utility>

namespace vscard::chardev::spice {
using protocol::ByteReader;

std::expected<std::optional<Message>, Errc> Channel::next() {
  while (true) {
    auto message = decoder_.next();
    if (!message || !*message) return message;
    if (const auto kept = answer(**message); !kept) return std::unexpected(kept.error());
    if ((*message)->type != ServerMessage::SetAck) acknowledge();
    if ((*message)->type >= kFirstOwnMessage) return message;
  }
}

std::vector<std::uint8_t> Channel::take_answers() { return std::exchange(answers_, {}); }

/// The error is the channel's end.
std::expected<void, Errc> Channel::answer(const Message& message) {
  if (message.type == ServerMessage::Migrate || kind_.is_migration(message.type))
    return std::unexpected(Errc::Migrated);
  if (message.type == ServerMessage::Disconnecting) return std::unexpected(Errc::Disconnected);
  if (message.type == ServerMessage::Ping) write(ClientMessage::Pong, message.body.view());
  if (message.type == ServerMessage::SetAck) {
    ByteReader in(message.body.view());
    write(ClientMessage::AckSync, in.bytes(sizeof(std::uint32_t)));
    ack_window_ = in.u32_le();
    unacknowledged_ = 0;
  }
  return {};
}

void Channel::acknowledge() {
  if (ack_window_ == 0 || ++unacknowledged_ < ack_window_) return;
  unacknowledged_ = 0;
  write(ClientMessage::Ack, {});
}

void Channel::write(ClientMessage type, Bytes body) {
  const auto message = encode_message(type, body);
  answers_.insert(answers_.end(), message.view().begin(), message.view().end());
}

}  // namespace vscard::chardev::spice
