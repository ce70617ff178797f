#pragma once

#include "async/mutex.hpp"
#include "chardev/spice/channel.hpp"
#include "chardev/stream.hpp"

#include <expected>
#include <memory>

namespace vscard::chardev::spice {

/// A linked channel and the stream that carries it.
class Connection {
 public:
  /// `kind` must outlive this object.
  Connection(const ChannelKind& kind, std::unique_ptr<Stream> stream);

  /// The next message of the channel's own. What the server wants to have answered meanwhile is.
  Awaitable<std::expected<Message, std::error_code>> receive();
  Awaitable<std::error_code> send(Bytes bytes);
  /// As that of a stream.
  bool finish() { return stream_->finish(); }
  void close() { stream_->close(); }

 private:
  std::unique_ptr<Stream> stream_;
  Channel channel_;
  async::Mutex mutex_;
  protocol::SecretBytes buffer_;
};

}  // namespace vscard::chardev::spice
