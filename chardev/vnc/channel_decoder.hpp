#pragma once

#include "chardev/vnc/errc.hpp"
#include "chardev/vnc/message.hpp"

#include <array>
#include <cstddef>
#include <expected>

namespace vscard::chardev::vnc {

/// Takes what a channel carries out of its messages. It holds nothing but a header.
class ChannelDecoder {
 public:
  /// `bytes` must stay valid until read() has given 0.
  void feed(Bytes bytes) { input_ = protocol::ByteReader(bytes); }
  /// Copies what has come; 0: feed() more. After NotOfTheChannel the channel is at its end.
  /// Precondition: there is room.
  std::expected<std::size_t, Errc> read(std::span<std::uint8_t> into);

  /// Is part of a message missing?
  bool in_message() const { return header_size_ > 0; }

 private:
  bool read_header();

  protocol::ByteReader input_{Bytes{}};
  std::array<std::uint8_t, kChannelHeaderSize> header_{};
  std::size_t header_size_ = 0;  ///< bytes of header_ that are there
  std::size_t missing_ = 0;      ///< bytes of the message's data, once its header is there
};

}  // namespace vscard::chardev::vnc
