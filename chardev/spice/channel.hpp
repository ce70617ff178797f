#pragma once

#include "chardev/spice/link_message.hpp"
#include "chardev/spice/message.hpp"

#include <expected>
#include <optional>
#include <vector>

namespace vscard::chardev::spice {

/// A linked channel as its client has to keep it, without I/O: pings and acknowledgements are
/// answered here, what is left are the messages of the channel's own.
class Channel {
 public:
  explicit Channel(ChannelType type) : type_(type) {}

  /// As with a decoder: feed(), then next() until it gives no message.
  void feed(Bytes bytes) { decoder_.feed(bytes); }
  /// The next message of the channel's own. An error is the channel's end.
  std::expected<std::optional<Message>, Errc> next();
  /// Has part of a message come?
  bool in_message() const { return decoder_.in_message(); }
  /// What is to be written, also after an error; at most twice as long as what was fed.
  std::vector<std::uint8_t> take_answers();

 private:
  std::expected<void, Errc> answer(const Message& message);
  bool is_migration(ServerMessage message) const;
  void acknowledge();
  void write(ClientMessage type, Bytes body);

  ChannelType type_;
  MessageDecoder decoder_;
  std::vector<std::uint8_t> answers_;
  std::uint32_t ack_window_ =
      0;  ///< messages that the server sends ahead of an ACK; 0: it wants none
  std::uint32_t unacknowledged_ = 0;  ///< messages
};

/// A VSC message for the server, `body` being one with its header's words little endian.
protocol::SecretBytes encode_card_message(Bytes body);

/// Asks for a MainChannelsList.
std::vector<std::uint8_t> encode_attach_channels();

/// The session that a MainInit begins.
SessionId session_of(const Message& main_init);
/// Is a smart card channel among those of a MainChannelsList? Where a server takes several clients,
/// there may be one all the same.
std::expected<bool, Errc> lists_smart_card(const Message& channels_list);

}  // namespace vscard::chardev::spice
