#pragma once

#include "ccid-passthru/usbip/errc.hpp"
#include "ccid-passthru/usbip/request.hpp"
#include "protocol/bytes.hpp"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>

namespace vscard::ccid_passthru::usbip {

inline constexpr std::size_t kRequestHeader = 48;  ///< bytes, of requests and of answers
/// The longest OUT transfer, in bytes: the largest message of a CCID reader, 65,554, fits with room
/// to spare.
inline constexpr std::uint32_t kMaxTransfer = 128 * 1024;

/// Takes requests from what a client sends once it has a device, in pieces of any size.
///
///     0         4          8       12          16
///     | command | sequence | devid | direction | endpoint |          big endian
///     20        24       28            32            36         40
///     | flags   | length | start frame | iso packets | interval | setup[8], little endian |  1:
///     submit | victim  | 0 …                                                                     |
///     2: unlink 48 | OUT: length bytes
class RequestDecoder {
 public:
  /// Takes the next request off the front of `input`; nothing: all of `input` is a part of one.
  /// After an error there is no beginning to be found any more.
  std::expected<std::optional<Request>, Errc> next(protocol::Bytes& input);
  /// Is part of a request taken, and the rest not yet?
  bool in_request() const { return header_size_ > 0 || submit_; }

 private:
  std::expected<std::optional<Request>, Errc> parse_header();
  std::expected<std::optional<Request>, Errc> begin(Submit submit);

  std::array<std::uint8_t, kRequestHeader> header_{};
  std::size_t header_size_ = 0;   ///< bytes of header_ that are there
  std::optional<Submit> submit_;  ///< its data are under way
};

}  // namespace vscard::ccid_passthru::usbip
