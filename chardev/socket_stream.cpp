#include "chardev/socket_stream.hpp"

#include "async/error_as_value.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace vscard::chardev {
namespace {

using QuickAck = asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_QUICKACK>;

}  // namespace

SocketStream::SocketStream(const asio::any_io_executor& executor, Descriptor socket,
                           std::string remote)
    : socket_(executor), remote_(std::move(remote)) {
  // Which family it is of, the descriptor itself knows.
  socket_.assign({AF_UNSPEC, 0}, socket.release());
}

Awaitable<std::expected<std::unique_ptr<SocketStream>, std::error_code>> SocketStream::connect(
    asio::any_io_executor executor, Socket::endpoint_type endpoint, std::string remote) {
  Socket socket(executor);
  const auto [error] = co_await socket.async_connect(endpoint, async::kErrorAsValue);
  if (error) co_return std::unexpected(std::error_code(error));
  co_return std::make_unique<SocketStream>(std::move(socket), std::move(remote));
}

Awaitable<std::expected<std::size_t, std::error_code>> SocketStream::read(
    std::span<std::uint8_t> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  const auto [error, size] = co_await socket_.async_read_some(buffer, async::kErrorAsValue);
  if (error) co_return std::unexpected(std::error_code(error));
  co_return size;
}

Awaitable<std::error_code> SocketStream::write(protocol::Bytes bytes) {
  bytes = bytes.subspan(write_now(bytes));
  if (bytes.empty()) co_return std::error_code();
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  const auto [error, size] = co_await asio::async_write(socket_, buffer, async::kErrorAsValue);
  co_return error;
}

std::size_t SocketStream::write_now(protocol::Bytes bytes) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  const ssize_t size = ::send(socket_.native_handle(), bytes.data(), bytes.size(), kFlags);
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

void SocketStream::quick_ack() {
  boost::system::error_code ignored;  // a UNIX socket has none, and without one it takes longer
  socket_.set_option(QuickAck(true), ignored);
}

bool SocketStream::finish() {
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  return !error;
}

void SocketStream::close() {
  boost::system::error_code ignored;  // closed is closed
  socket_.close(ignored);
}

}  // namespace vscard::chardev
