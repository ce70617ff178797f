#pragma once

#include "ccid-passthru/usbredir/errc.hpp"
#include "protocol/bytes.hpp"

#include <array>
#include <cstdint>
#include <expected>

namespace vscard::ccid_passthru::usbredir {

/// The largest packet body accepted from a guest, in bytes: the largest bulk message of a CCID
/// reader, 65 554, fits with room to spare.
constexpr std::uint32_t kMaxPacketBody = 128 * 1024;

/// Follows the packets of a stream ahead of the library, which would allocate whatever a header
/// announces, up to 128 MiB, and has no opinion on what comes before the hello.
///
///     0        4        8                  12 or 16
///     | type   | length | id, 32 or 64 bit | body: length bytes |        little endian
class PacketGuard {
 public:
  enum class IdSize : std::uint8_t { Bits32 = 4, Bits64 = 8 };

  /// How many bytes from the front of `input` may be passed on: at most to the end of the header or
  /// the body that is under way. `ids`: what was negotiated when the packet begins.
  std::expected<std::size_t, Errc> admit(protocol::Bytes input, IdSize ids);
  /// Has part of a packet been admitted, and the rest not yet?
  bool in_packet() const { return header_size_ > 0 || body_left_ > 0; }

 private:
  std::expected<void, Errc> check_header();

  std::array<std::uint8_t, 16> header_{};
  std::size_t header_size_ = 0;  ///< bytes of header_ that are there
  std::uint32_t body_left_ = 0;
  bool greeted_ = false;
};

}  // namespace vscard::ccid_passthru::usbredir
