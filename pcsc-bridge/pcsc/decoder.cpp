#include "pcsc-bridge/pcsc/decoder.hpp"

#include "pcsc-bridge/pcsc/codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using protocol::Errc;

/// Room for most requests: larger buffers are made when they are needed, and dropped afterwards.
constexpr std::size_t kUsualSize = 1024;

struct Header {
  std::uint32_t size = 0;
  Command command{};
};

Header read_header(Bytes bytes) {
  std::array<std::uint8_t, kHeaderSize> header{};
  std::copy_n(bytes.begin(), kHeaderSize, header.begin());
  return std::bit_cast<Header>(header);
}

}  // namespace

void Decoder::feed(Bytes bytes) {
  const std::size_t size = buffered() + bytes.size();
  if (size > buffer_.capacity() - used_) {
    auto larger = SecretBytes::with_capacity(std::max(kUsualSize, 2 * size));
    larger.append(rest());
    buffer_ = std::move(larger);
    used_ = 0;
  }
  buffer_.append(bytes);
}

std::expected<std::optional<Request>, Errc> Decoder::next() {
  if (error_) return std::unexpected(*error_);
  auto request = parse();
  if (!request) {
    error_ = request.error();
    buffer_ = {};
    used_ = 0;
  } else if (buffered() == 0) {
    used_ = 0;
    if (buffer_.capacity() > kUsualSize) buffer_ = {};
    buffer_.clear();
  }
  return request;
}

std::expected<std::optional<Request>, Errc> Decoder::parse() {
  if (buffered() < kHeaderSize) return std::nullopt;
  const Header header = read_header(rest());
  const auto size = struct_size(header.command);
  if (!size) return std::unexpected(Errc::UnexpectedMessage);
  // The size of nothing is not looked at: libpcsclite gives some of its own.
  if (*size != 0 && header.size != *size) return std::unexpected(Errc::BadLength);
  const std::size_t head = kHeaderSize + *size;
  if (buffered() < head) return std::nullopt;
  auto call = decode(header.command, rest().subspan(kHeaderSize, *size));
  if (!call) return std::unexpected(call.error());
  const std::size_t data = data_size(*call);
  if (buffered() < head + data) return std::nullopt;
  Request request{*call, SecretBytes::copy_of(rest().subspan(head, data))};
  used_ += head + data;
  return request;
}

}  // namespace vscard::pcsc_bridge::pcsc
