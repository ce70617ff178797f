#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>
#include <optional>

namespace vscard::cards::piv {

using protocol::Bytes;

/// BER-TLV as cards use it, ISO 7816-4 §5.2.2:
///
///     tag (1 byte; 2 if the low five bits of the first are 1f) | length | value
///     length: 00 to 7f | 81 xx | 82 xx xx
struct Tlv {
  std::uint16_t tag = 0;
  Bytes value;  ///< valid as long as the bytes that were read
};

/// Reads one data object after the other.
class TlvReader {
 public:
  explicit TlvReader(Bytes bytes) : in_(bytes) {}

  /// Nothing: the end, or what follows is not a whole data object. ok() tells which.
  std::optional<Tlv> next();
  /// Nothing was malformed so far.
  bool ok() const { return in_.ok(); }

 private:
  std::size_t length();

  protocol::ByteReader in_;
};

/// The value of the only data object there is, if it has this tag.
std::optional<Bytes> only_tlv(Bytes bytes, std::uint16_t tag);

inline constexpr std::size_t kMaxTlvValue = 0xffff;  ///< bytes

/// Appends a data object to a std::vector, or to a SecretBytes with room for it. The value has at
/// most kMaxTlvValue bytes.
template <class Container>
void put_tlv(Container& into, std::uint16_t tag, Bytes value) {
  protocol::ByteWriter out(into);
  if (tag > 0xff) out.u8(static_cast<std::uint8_t>(tag >> 8));
  out.u8(static_cast<std::uint8_t>(tag & 0xff));
  const auto size = static_cast<std::uint16_t>(value.size());
  if (size > 0xff) {
    out.u8(0x82);
    out.u16_be(size);
  } else {
    if (size > 0x7f) out.u8(0x81);
    out.u8(static_cast<std::uint8_t>(size));
  }
  out.bytes(value);
}

/// Tag and length take at most this many bytes.
inline constexpr std::size_t kMaxTlvHeader = 5;

}  // namespace vscard::cards::piv
