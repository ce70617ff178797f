#include "ccid-passthru/usbip/request_decoder.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru::usbip {
namespace {

constexpr std::uint32_t kSubmit = 1;
constexpr std::uint32_t kUnlink = 2;
constexpr std::uint32_t kIn = 1;  ///< direction
constexpr std::uint32_t kMaxEndpoint = 15;
constexpr std::uint32_t kShortNotOk = 0x0001;  ///< of the flags; others change nothing here
constexpr std::uint32_t kNoPackets = 0xffffffff;

usb::Setup parse_setup(protocol::Bytes bytes) {
  protocol::ByteReader in(bytes);
  usb::Setup setup;
  setup.request_type = in.u8();
  setup.request = in.u8();
  setup.value = in.u16_le();
  setup.index = in.u16_le();
  setup.length = in.u16_le();
  return setup;
}

}  // namespace

std::expected<std::optional<Request>, Errc> RequestDecoder::next(protocol::Bytes& input) {
  if (!submit_) {
    const std::size_t size = std::min(kRequestHeader - header_size_, input.size());
    std::ranges::copy(input.first(size),
                      header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    header_size_ += size;
    input = input.subspan(size);
    if (header_size_ < kRequestHeader) return std::nullopt;
    header_size_ = 0;
    auto request = parse_header();
    if (!submit_) return request;
  }
  auto& data = submit_->data;
  const std::size_t size = std::min(data.capacity() - data.size(), input.size());
  data.append(input.first(size));
  input = input.subspan(size);
  if (data.size() < data.capacity()) return std::nullopt;
  return std::exchange(submit_, std::nullopt).value();
}

std::expected<std::optional<Request>, Errc> RequestDecoder::parse_header() {
  protocol::ByteReader in(header_);
  const std::uint32_t command = in.u32_be();
  const std::uint32_t sequence = in.u32_be();
  in.u32_be();  // devid: the connection has one device
  const std::uint32_t direction = in.u32_be();
  const std::uint32_t endpoint = in.u32_be();
  if (command == kUnlink) return Unlink{.sequence = sequence, .victim = in.u32_be()};
  if (command != kSubmit || direction > kIn || endpoint > kMaxEndpoint) {
    return std::unexpected(Errc::BadRequest);
  }
  Submit submit{.sequence = sequence,
                .endpoint = static_cast<std::uint8_t>(endpoint | direction << 7),
                .setup = {},
                .data = {}};
  submit.short_is_error = (in.u32_be() & kShortNotOk) != 0;
  submit.length = in.u32_be();
  in.u32_be();  // start frame
  submit.iso_packets = in.u32_be();
  in.u32_be();  // interval
  submit.setup = parse_setup(in.rest());
  return begin(std::move(submit));
}

std::expected<std::optional<Request>, Errc> RequestDecoder::begin(Submit submit) {
  if (submit.iso_packets != 0 && submit.iso_packets != kNoPackets) {
    return std::unexpected(Errc::Isochronous);
  }
  const bool in = (submit.endpoint & 0x80) != 0;
  if (in || submit.length == 0) return submit;
  if (submit.length > kMaxTransfer) return std::unexpected(Errc::RequestTooLong);
  submit.data = protocol::SecretBytes::with_capacity(submit.length);
  submit_ = std::move(submit);
  return std::nullopt;
}

}  // namespace vscard::ccid_passthru::usbip
