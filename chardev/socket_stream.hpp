#pragma once

#include "chardev/stream.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <string>

namespace vscard::chardev {

/// A connected TCP or UNIX socket.
class SocketStream final : public Stream {
 public:
  using Socket = asio::generic::stream_protocol::socket;

  SocketStream(Socket socket, std::string peer)
      : socket_(std::move(socket)), remote_(std::move(peer)) {}

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  Awaitable<std::error_code> write(protocol::Bytes bytes) override;
  std::size_t write_now(protocol::Bytes bytes) override;
  void quick_ack() override;
  void close() override;
  /// The descriptor for another's use; this is of none any more. Precondition: nothing is under
  /// way.
  int release() { return socket_.release(); }
  std::string remote() const override { return remote_; }

 private:
  Socket socket_;
  std::string remote_;
};

}  // namespace vscard::chardev
