#include "chardev/spice/connection.hpp"

#include <utility>

namespace vscard::chardev::spice {
namespace {

constexpr std::size_t kReadSize = 4096;  ///< bytes

std::error_code reason(const std::error_code& error) {
  return closed_by_remote(error) ? make_error_code(Errc::Closed) : error;
}

}  // namespace

Connection::Connection(const ChannelKind& kind, std::unique_ptr<Stream> stream)
    : stream_(std::move(stream)),
      channel_(kind),
      buffer_(protocol::SecretBytes::zeros(kReadSize)) {}

Awaitable<std::expected<Message, std::error_code>> Connection::receive() {
  while (true) {
    auto message = channel_.next();
    const auto answers = channel_.take_answers();
    if (!answers.empty()) {
      if (const auto error = co_await send(answers)) co_return std::unexpected(error);
    }
    if (!message) co_return std::unexpected(make_error_code(message.error()));
    if (*message) co_return std::move(**message);
    if (channel_.in_message()) stream_->quick_ack();
    const auto size = co_await stream_->read(buffer_.data());
    if (!size) co_return std::unexpected(reason(size.error()));
    channel_.feed(buffer_.view().first(*size));
  }
}

Awaitable<std::error_code> Connection::send(Bytes bytes) {
  const auto lock = co_await mutex_.lock();
  co_return reason(co_await stream_->write(bytes));
}

}  // namespace vscard::chardev::spice
