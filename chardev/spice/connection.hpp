#pragma once

#include "chardev/spice/channel.hpp"
#include "chardev/spice/turn.hpp"
#include "chardev/stream.hpp"

#include <expected>
#include <memory>
#include <system_error>

namespace vscard::chardev::spice {

/// The peer has closed the connection; it is reset when the peer had not read everything.
bool closed_by_peer(const std::error_code& error);

/// A linked channel and the stream that carries it.
class Connection {
 public:
  Connection(const asio::any_io_executor& executor, ChannelType type,
             std::unique_ptr<Stream> stream);

  /// The next message of the channel's own. What the server wants to have answered meanwhile is.
  Awaitable<std::expected<Message, std::error_code>> receive();
  Awaitable<std::error_code> send(Bytes bytes);
  void close() { stream_->close(); }

 private:
  std::unique_ptr<Stream> stream_;
  Channel channel_;
  Turn turn_;
  protocol::SecretBytes buffer_;
};

}  // namespace vscard::chardev::spice
