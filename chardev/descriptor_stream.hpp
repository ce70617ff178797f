#pragma once

#include "chardev/descriptor.hpp"
#include "chardev/stream.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <optional>
#include <string>

namespace vscard::chardev {

/// A stream over file descriptors that are not a socket's own: pipes, terminals, what a program was
/// started with.
class DescriptorStream final : public Stream {
 public:
  /// `input` and `output` become non-blocking. They may lead to the same file.
  DescriptorStream(const asio::any_io_executor& executor, Descriptor input, Descriptor output,
                   std::string remote);
  /// One for both directions.
  DescriptorStream(const asio::any_io_executor& executor, Descriptor device, std::string remote);

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  Awaitable<std::error_code> write(protocol::Bytes bytes) override;
  std::size_t write_now(protocol::Bytes bytes) override;
  bool finish() override;
  void close() override;
  std::string remote() const override { return remote_; }

 private:
  asio::posix::stream_descriptor& output() { return own_output_ ? *own_output_ : input_; }

  asio::posix::stream_descriptor input_;
  std::optional<asio::posix::stream_descriptor> own_output_;  ///< none: input_ is both
  std::string remote_;
};

}  // namespace vscard::chardev
