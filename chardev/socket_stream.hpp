#pragma once

#include "chardev/stream.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <string>

namespace vscard::chardev {

/// A connected TCP or UNIX socket.
class SocketStream final : public Stream {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  enum class Acknowledge {
    AsTheSystemDoes,
    /// TCP_QUICKACK before each read: a peer that writes header and body separately with Nagle's
    /// algorithm on, as QEMU does, waits for our ACK in between, 40 ms if it is delayed.
    AtOnce,
  };

  SocketStream(Socket socket, std::string peer, Acknowledge acknowledge)
      : socket_(std::move(socket)), peer_(std::move(peer)), acknowledge_(acknowledge) {}

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  Awaitable<std::error_code> write(protocol::Bytes bytes) override;
  std::size_t write_now(protocol::Bytes bytes) override;
  void close() override;
  /// The descriptor for another's use; this is of none any more. Precondition: nothing is under
  /// way.
  int release() { return socket_.release(); }
  std::string peer() const override { return peer_; }

 private:
  Socket socket_;
  std::string peer_;
  Acknowledge acknowledge_;
};

}  // namespace vscard::chardev
