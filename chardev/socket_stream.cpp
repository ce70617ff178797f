#include "chardev/socket_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace vscard::chardev {
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
using QuickAck = asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_QUICKACK>;

}  // namespace

Awaitable<std::expected<std::size_t, std::error_code>> SocketStream::read(
    std::span<std::uint8_t> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  const auto [error, size] = co_await socket_.async_read_some(buffer, kAsTuple);
  if (error) co_return std::unexpected(std::error_code(error));
  co_return size;
}

Awaitable<std::error_code> SocketStream::write(protocol::Bytes bytes) {
  bytes = bytes.subspan(write_now(bytes));
  if (bytes.empty()) co_return std::error_code();
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  const auto [error, size] = co_await asio::async_write(socket_, buffer, kAsTuple);
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

void SocketStream::close() {
  boost::system::error_code ignored;  // closed is closed
  socket_.close(ignored);
}

}  // namespace vscard::chardev
