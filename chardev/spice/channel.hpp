#pragma once

#include "chardev/spice/message.hpp"

#include <expected>
#include <optional>
#include <vector>

namespace vscard::chardev::spice {

/// A linked channel as its client has to keep it, without I/O: pings and acknowledgements are
/// answered here, what is left are the messages of the channel's own.
class Channel {
 public:
  /// `kind` must outlive this object.
  explicit Channel(const ChannelKind& kind) : kind_(kind), decoder_(kind) {}

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
  void acknowledge();
  void write(ClientMessage type, Bytes body);

  const ChannelKind& kind_;
  MessageDecoder decoder_;
  std::vector<std::uint8_t> answers_;
  /// Messages that the server sends ahead of an ACK; 0: it wants none.
  std::uint32_t ack_window_ = 0;
  std::uint32_t unacknowledged_ = 0;  ///< messages
};

}  // namespace vscard::chardev::spice
