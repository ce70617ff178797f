#pragma once

#include "chardev/stream.hpp"
#include "chardev/vnc/channel_decoder.hpp"

#include <memory>
#include <string>

namespace vscard::chardev::vnc {

/// The channel as a stream, at either end of a connection that carries nothing else.
class ChannelStream final : public Stream {
 public:
  ChannelStream(std::unique_ptr<Stream> carrier, std::string remote);

  /// Errc::NotOfTheChannel: the other end sent something else.
  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  Awaitable<std::error_code> write(Bytes bytes) override;
  void quick_ack() override { carrier_->quick_ack(); }
  bool finish() override { return carrier_->finish(); }
  void close() override { carrier_->close(); }
  std::string remote() const override { return remote_; }

 private:
  std::unique_ptr<Stream> carrier_;
  std::string remote_;
  protocol::SecretBytes buffer_;
  std::size_t filled_ = 0;  ///< bytes of buffer_ that were read
  ChannelDecoder decoder_;
};

}  // namespace vscard::chardev::vnc
