#pragma once

#include "chardev/descriptor.hpp"
#include "chardev/stream.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <expected>
#include <memory>
#include <string>
#include <system_error>

namespace vscard::chardev {

/// A connected TCP or UNIX socket.
class SocketStream final : public Stream {
 public:
  using Socket = asio::generic::stream_protocol::socket;

  SocketStream(Socket socket, std::string remote)
      : socket_(std::move(socket)), remote_(std::move(remote)) {}
  SocketStream(const asio::any_io_executor& executor, Descriptor socket, std::string remote);

  /// A new socket, connected; `remote` is its name for log lines.
  static Awaitable<std::expected<std::unique_ptr<SocketStream>, std::error_code>> connect(
      asio::any_io_executor executor, Socket::endpoint_type endpoint, std::string remote);

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  Awaitable<std::error_code> write(protocol::Bytes bytes) override;
  std::size_t write_now(protocol::Bytes bytes) override;
  void quick_ack() override;
  bool finish() override;
  void close() override;
  std::string remote() const override { return remote_; }

  /// For options.
  int descriptor() { return socket_.native_handle(); }

 private:
  Socket socket_;
  std::string remote_;
};

}  // namespace vscard::chardev
