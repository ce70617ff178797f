#include "chardev/descriptor_stream.hpp"

#include "async/error.hpp"
#include "async/error_as_value.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <utility>

namespace vscard::chardev {
namespace {

/// Of a terminal whose other end has gone.
bool is_hang_up(const boost::system::error_code& error) {
  return error == boost::system::errc::io_error;
}

}  // namespace

DescriptorStream::DescriptorStream(const asio::any_io_executor& executor, Descriptor input,
                                   Descriptor output, std::string remote)
    : DescriptorStream(executor, std::move(input), std::move(remote)) {
  own_output_.emplace(executor, output.release());
  own_output_->non_blocking(true);
}

DescriptorStream::DescriptorStream(const asio::any_io_executor& executor, Descriptor device,
                                   std::string remote)
    : input_(executor, device.release()), remote_(std::move(remote)) {
  input_.non_blocking(true);
}

Awaitable<std::expected<std::size_t, std::error_code>> DescriptorStream::read(
    std::span<std::uint8_t> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  const auto [error, size] = co_await input_.async_read_some(buffer, async::kErrorAsValue);
  if (is_hang_up(error)) co_return std::unexpected(async::end_of_stream());
  if (error) co_return std::unexpected(std::error_code(error));
  co_return size;
}

Awaitable<std::error_code> DescriptorStream::write(protocol::Bytes bytes) {
  bytes = bytes.subspan(write_now(bytes));
  if (bytes.empty()) co_return std::error_code();
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  const auto [error, size] = co_await asio::async_write(output(), buffer, async::kErrorAsValue);
  if (is_hang_up(error)) co_return std::make_error_code(std::errc::broken_pipe);
  co_return error;
}

std::size_t DescriptorStream::write_now(protocol::Bytes bytes) {
  const ssize_t size = ::write(output().native_handle(), bytes.data(), bytes.size());
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

/// A socket has two directions, a device one for both.
bool DescriptorStream::finish() {
  const int descriptor = output().native_handle();
  if (::shutdown(descriptor, SHUT_WR) == 0) return true;
  struct stat file{};
  if (::fstat(descriptor, &file) != 0 || S_ISCHR(file.st_mode) || !own_output_) return false;
  boost::system::error_code ignored;  // closed is closed
  own_output_->close(ignored);
  return true;
}

void DescriptorStream::close() {
  boost::system::error_code ignored;  // closed is closed
  input_.close(ignored);
  if (own_output_) own_output_->close(ignored);
}

}  // namespace vscard::chardev
