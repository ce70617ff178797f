#include "chardev/vnc/channel_decoder.hpp"

#include <algorithm>

namespace vscard::chardev::vnc {

std::expected<std::size_t, Errc> ChannelDecoder::read(std::span<std::uint8_t> into) {
  if (missing_ == 0) {
    if (!read_header()) return 0;
    const auto header = decode_channel_header(header_);
    const bool data = header && header->kind == ChannelKind::Data;
    if (!data || header->length == 0 || header->length > kMaxData) {
      return std::unexpected(Errc::NotOfTheChannel);
    }
    missing_ = header->length;
  }
  const Bytes part = input_.bytes(std::min({missing_, into.size(), input_.remaining()}));
  std::ranges::copy(part, into.begin());
  missing_ -= part.size();
  if (missing_ == 0) header_size_ = 0;
  return part.size();
}

/// Is the header complete?
bool ChannelDecoder::read_header() {
  while (header_size_ < kChannelHeaderSize && input_.remaining() > 0) {
    header_.at(header_size_++) = input_.u8();
  }
  return header_size_ == kChannelHeaderSize;
}

}  // namespace vscard::chardev::vnc
