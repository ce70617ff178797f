#pragma once

#include "chardev/spice/link_message.hpp"
#include "protocol/secret.hpp"

#include <cstddef>
#include <expected>
#include <system_error>
#include <vector>

namespace vscard::chardev::spice {

/// The client's half of a connection's beginning, without I/O. It never reads into what follows:
///
///     write(handshake.start());
///     while (handshake.wants() > 0) write(handshake.receive(exactly wants() bytes));
class Handshake {
 public:
  /// `password` must stay valid as long as this object; empty where none is known.
  Handshake(ChannelId channel, SessionId session, const protocol::SecretBytes& password);

  std::vector<std::uint8_t> start() const;
  /// Bytes to be received next, at most kMaxLinkReply; 0 when the channel is linked.
  std::size_t wants() const { return wants_; }
  /// What is to be written, which may be nothing. After an error the connection is to be closed.
  std::expected<std::vector<std::uint8_t>, Errc> receive(Bytes bytes);

 private:
  enum class State {
    Magic,   ///< left by the first bytes of the server's reply
    Header,  ///< left by its size
    Reply,   ///< left by the reply, which is answered by the ticket
    Result,  ///< left when the server has accepted the ticket
    Linked,
  };
  using Received = std::expected<std::vector<std::uint8_t>, Errc>;

  Received proceed(State next, std::size_t wants);
  Received receive_reply(Bytes bytes);
  Received receive_result(Bytes bytes);
  Errc reason(LinkStatus status) const;

  ChannelId channel_;
  SessionId session_;
  const protocol::SecretBytes& password_;
  State state_ = State::Magic;
  std::size_t wants_ = kMagicSize;
};

}  // namespace vscard::chardev::spice
