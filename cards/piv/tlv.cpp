#include "cards/piv/tlv.hpp"

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kMoreTag = 0x1f;  ///< these bits: the tag has a second byte

}  // namespace

std::optional<Tlv> TlvReader::next() {
  if (in_.remaining() == 0) return std::nullopt;
  Tlv tlv;
  tlv.tag = in_.u8();
  if ((tlv.tag & kMoreTag) == kMoreTag) {
    tlv.tag = static_cast<std::uint16_t>((tlv.tag << 8) | in_.u8());
  }
  tlv.value = in_.bytes(length());
  if (!in_.ok()) return std::nullopt;
  return tlv;
}

std::size_t TlvReader::length() {
  const std::uint8_t first = in_.u8();
  if (first <= 0x7f) return first;
  if (first == 0x81) return in_.u8();
  if (first == 0x82) return in_.u16_be();
  in_.bytes(in_.remaining() + 1);  // no such length: stays in error
  return 0;
}

std::optional<Bytes> only_tlv(Bytes bytes, std::uint16_t tag) {
  TlvReader in(bytes);
  const auto tlv = in.next();
  if (!tlv || tlv->tag != tag || in.next() || !in.ok()) return std::nullopt;
  return tlv->value;
}

}  // namespace vscard::cards::piv
