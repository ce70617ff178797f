#include "ccid-passthru/usbredir/packet_guard.hpp"

#include <algorithm>

namespace vscard::ccid_passthru::usbredir {
namespace {

constexpr std::uint32_t kHello = 0;  ///< packet type

}  // namespace

std::expected<std::size_t, Errc> PacketGuard::admit(protocol::Bytes input, IdSize ids) {
  if (body_left_ > 0) {
    const auto size = std::min<std::size_t>(body_left_, input.size());
    body_left_ -= static_cast<std::uint32_t>(size);
    return size;
  }
  const std::size_t whole = 8 + static_cast<std::size_t>(ids);
  const std::size_t size = std::min(whole - header_size_, input.size());
  std::ranges::copy(input.first(size), header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
  header_size_ += size;
  if (header_size_ < whole) return size;
  header_size_ = 0;
  if (const auto checked = check_header(); !checked) return std::unexpected(checked.error());
  return size;
}

std::expected<void, Errc> PacketGuard::check_header() {
  protocol::ByteReader in(header_);
  const std::uint32_t type = in.u32_le();
  const std::uint32_t length = in.u32_le();
  if (!greeted_ && type != kHello) return std::unexpected(Errc::NotUsbredir);
  if (length > kMaxPacketBody) return std::unexpected(Errc::PacketTooLong);
  greeted_ = true;
  body_left_ = length;
  return {};
}

}  // namespace vscard::ccid_passthru::usbredir
