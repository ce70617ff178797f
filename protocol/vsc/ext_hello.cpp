#include "protocol/vsc/ext_hello.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <optional>

namespace vscard::protocol::vsc {
namespace {

enum class Item : std::uint16_t {
  Revision = 1,  ///< u16
  MaxApdu = 2,   ///< u32
  Features = 3,  ///< u32
};

/// A number of `size` bytes, which comes once.
bool take(std::optional<std::uint32_t>& number, std::size_t size, Bytes value) {
  if (number || value.size() != size) return false;
  ByteReader in(value);
  number = size == sizeof(std::uint16_t) ? in.u16_be() : in.u32_be();
  return true;
}

}  // namespace

void write_items(ByteWriter<SecretBytes>& out, const ExtHello& hello) {
  out.u16_be(static_cast<std::uint16_t>(Item::Revision));
  out.u16_be(sizeof hello.revision);
  out.u16_be(hello.revision);
  out.u16_be(static_cast<std::uint16_t>(Item::MaxApdu));
  out.u16_be(sizeof hello.max_apdu);
  out.u32_be(hello.max_apdu);
  out.u16_be(static_cast<std::uint16_t>(Item::Features));
  out.u16_be(sizeof hello.features);
  out.u32_be(hello.features);
}

std::expected<ExtHello, Errc> read_items(Bytes payload) {
  std::optional<std::uint32_t> revision;
  std::optional<std::uint32_t> max_apdu;
  std::optional<std::uint32_t> features;
  ByteReader in(payload);
  bool right = true;
  while (right && in.remaining() > 0) {
    const Item item{in.u16_be()};
    const Bytes value = in.bytes(in.u16_be());
    right = in.ok();
    if (right && item == Item::Revision) right = take(revision, sizeof(std::uint16_t), value);
    if (right && item == Item::MaxApdu) right = take(max_apdu, sizeof(std::uint32_t), value);
    if (right && item == Item::Features) right = take(features, sizeof(std::uint32_t), value);
  }
  if (!right || !revision || !max_apdu || *revision == 0 ||
      *max_apdu < iso7816::kMaxShortResponse) {
    return std::unexpected(Errc::BadExtension);
  }
  return ExtHello{
      .revision = static_cast<std::uint16_t>(*revision),
      .max_apdu = std::min(*max_apdu, static_cast<std::uint32_t>(iso7816::kMaxCommandApdu)),
      .features = features.value_or(0)};
}

}  // namespace vscard::protocol::vsc
