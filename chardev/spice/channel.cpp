#include "chardev/spice/channel.hpp"

#include <utility>

namespace vscard::chardev::spice {
namespace {

using protocol::ByteReader;
using protocol::ByteWriter;

constexpr auto kFirstOwnMessage = ServerMessage::Card;  ///< below: the same on every channel

template <class Container>
void write_header(ByteWriter<Container>& out, ClientMessage type, std::size_t size) {
  out.u16_le(static_cast<std::uint16_t>(type));
  out.u32_le(static_cast<std::uint32_t>(size));
}

}  // namespace

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
  if (is_migration(message.type)) return std::unexpected(Errc::Migrated);
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

bool Channel::is_migration(ServerMessage message) const {
  if (message == ServerMessage::Migrate) return true;
  return type_ == ChannelType::Main && (message == ServerMessage::MainMigrateBegin ||
                                        message == ServerMessage::MainMigrateSwitch ||
                                        message == ServerMessage::MainMigrateSeamless);
}

void Channel::acknowledge() {
  if (ack_window_ == 0 || ++unacknowledged_ < ack_window_) return;
  unacknowledged_ = 0;
  write(ClientMessage::Ack, {});
}

void Channel::write(ClientMessage type, Bytes body) {
  ByteWriter out(answers_);
  write_header(out, type, body.size());
  out.bytes(body);
}

protocol::SecretBytes encode_card_message(Bytes body) {
  auto bytes = protocol::SecretBytes::with_capacity(kMessageHeader + body.size());
  ByteWriter out(bytes);
  write_header(out, ClientMessage::Card, body.size());
  out.bytes(body);
  return bytes;
}

std::vector<std::uint8_t> encode_attach_channels() {
  std::vector<std::uint8_t> bytes;
  ByteWriter out(bytes);
  write_header(out, ClientMessage::MainAttachChannels, 0);
  return bytes;
}

SessionId session_of(const Message& main_init) {
  return SessionId{ByteReader(main_init.body.view()).u32_le()};
}

std::expected<bool, Errc> lists_smart_card(const Message& channels_list) {
  ByteReader in(channels_list.body.view());
  const std::uint32_t count = in.u32_le();
  bool found = false;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    found = in.u8() == static_cast<std::uint8_t>(ChannelType::SmartCard) || found;
    in.u8();  // its number
  }
  if (!in.ok_and_done()) return std::unexpected(Errc::BadMessage);
  return found;
}

}  // namespace vscard::chardev::spice
