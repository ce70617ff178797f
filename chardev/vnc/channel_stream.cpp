#include "chardev/vnc/channel_stream.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::vnc {
namespace {

constexpr std::size_t kReadSize = 4096;  ///< bytes

}  // namespace

ChannelStream::ChannelStream(std::unique_ptr<Stream> carrier, std::string remote)
    : carrier_(std::move(carrier)),
      remote_(std::move(remote)),
      buffer_(protocol::SecretBytes::zeros(kReadSize)) {}

Awaitable<std::expected<std::size_t, std::error_code>> ChannelStream::read(
    std::span<std::uint8_t> into) {
  while (true) {
    const auto taken = decoder_.read(into);
    if (!taken) co_return std::unexpected(make_error_code(taken.error()));
    if (*taken > 0) co_return *taken;
    buffer_.zero(std::exchange(filled_, 0));
    if (decoder_.in_message()) carrier_->quick_ack();
    const auto size = co_await carrier_->read(buffer_.data());
    if (!size) co_return std::unexpected(size.error());
    filled_ = *size;
    decoder_.feed(buffer_.view().first(filled_));
  }
}

Awaitable<std::error_code> ChannelStream::write(Bytes bytes) {
  while (!bytes.empty()) {
    const Bytes part = bytes.first(std::min(bytes.size(), kMaxData));
    const auto message = encode_data(part);
    if (const auto error = co_await carrier_->write(message.view())) co_return error;
    bytes = bytes.subspan(part.size());
  }
  co_return std::error_code();
}

}  // namespace vscard::chardev::vnc
