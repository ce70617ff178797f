#pragma once

#include "async/mutex.hpp"
#include "chardev/stream.hpp"
#include "chardev/transport.hpp"
#include "chardev/websocket/engine.hpp"

#include <memory>
#include <string>
#include <system_error>

namespace vscard::chardev::websocket {

/// What a client asks for.
struct Question {
  std::string host;             ///< "HOST:PORT"
  std::string path;             ///< "/card"
  protocol::SecretBytes token;  ///< of an Authorization header; empty: there is none
};

/// The bytes in the binary messages of a WebSocket, over any stream.
class WebSocketStream final : public Stream {
 public:
  WebSocketStream(const asio::any_io_executor& executor, std::unique_ptr<Stream> carrier,
                  std::string remote);
  ~WebSocketStream() override { close(); }

  // One of these comes first. After an error the stream is to be dropped.

  /// Asks a server for a WebSocket.
  Awaitable<std::expected<void, ConnectError>> ask(Question question);
  /// Answers a client that asks for one. The error is for log lines.
  Awaitable<Result<>> accept(Service service);

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  Awaitable<std::error_code> write(protocol::Bytes bytes) override;
  std::size_t write_now(protocol::Bytes bytes) override;
  void quick_ack() override { carrier_->quick_ack(); }
  void close() final;
  std::string remote() const override { return remote_; }

 private:
  Awaitable<std::expected<std::string, ConnectError>> answer();
  /// One step towards what the engine waits for.
  Awaitable<std::error_code> step();
  Awaitable<std::error_code> flush();
  Awaitable<std::error_code> flush_unless_busy();

  std::unique_ptr<Stream> carrier_;
  std::string remote_;
  Engine engine_;
  bool closed_ = false;
  async::Mutex mutex_;
  protocol::SecretBytes
      outgoing_;                 ///< of the engine's output; empty: the carrier is not written to
  std::size_t outgoing_at_ = 0;  ///< so many of its bytes are written
  std::size_t owed_ = 0;         ///< bytes of the next write() that are in outgoing_
};

}  // namespace vscard::chardev::websocket
