#include "protocol/vsc/ext_hello.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace vscard::protocol::vsc {
namespace {

enum class Item : std::uint16_t {
  Revision = 1,  ///< u16
  MaxApdu = 2,   ///< u32
  Features = 3,  ///< u32
  Secret = 4,    ///< 16 bytes
  Session = 5,   ///< 8 bytes
  Earlier = 6,   ///< 8 bytes, u32
  Readers = 7,   ///< u32
};

constexpr std::size_t kItemHeader = 4;
constexpr std::size_t kNumbers = 3 * kItemHeader + 2 + 4 + 4;
constexpr std::size_t kPoint = sizeof(SessionName) + sizeof(std::uint32_t);

/// A number of `size` bytes, which comes once.
bool take(std::optional<std::uint32_t>& number, std::size_t size, Bytes value) {
  if (number || value.size() != size) return false;
  ByteReader in(value);
  number = size == sizeof(std::uint16_t) ? in.u16_be() : in.u32_be();
  return true;
}

template <std::size_t size>
std::array<std::uint8_t, size> array_of(Bytes value) {
  std::array<std::uint8_t, size> out{};
  std::ranges::copy(value, out.begin());
  return out;
}

/// Bytes that come once.
template <std::size_t size>
bool take(std::optional<std::array<std::uint8_t, size>>& bytes, Bytes value) {
  if (bytes || value.size() != size) return false;
  bytes = array_of<size>(value);
  return true;
}

bool take(std::optional<ResumePoint>& point, Bytes value) {
  if (point || value.size() != kPoint) return false;
  ByteReader in(value);
  point = ResumePoint{.session = array_of<sizeof(SessionName)>(in.bytes(sizeof(SessionName)))};
  point->received = in.u32_be();
  return true;
}

void begin_item(ByteWriter<SecretBytes>& out, Item item, std::size_t size) {
  out.u16_be(static_cast<std::uint16_t>(item));
  out.u16_be(static_cast<std::uint16_t>(size));
}

void write_number(ByteWriter<SecretBytes>& out, Item item, std::uint32_t number) {
  begin_item(out, item, sizeof number);
  out.u32_be(number);
}

void write_offer(ByteWriter<SecretBytes>& out, const ResumeOffer& offer) {
  if (offer.secret) {
    begin_item(out, Item::Secret, offer.secret->size());
    out.bytes(*offer.secret);
  }
  if (offer.session) {
    begin_item(out, Item::Session, offer.session->size());
    out.bytes(*offer.session);
  }
  if (offer.earlier) {
    begin_item(out, Item::Earlier, kPoint);
    out.bytes(offer.earlier->session);
    out.u32_be(offer.earlier->received);
  }
}

/// What has come of the items.
struct Items {
  std::optional<std::uint32_t> revision;
  std::optional<std::uint32_t> max_apdu;
  std::optional<std::uint32_t> features;
  std::optional<std::uint32_t> readers;
  ResumeOffer resume;
};

/// False: it holds another value than it should, or comes again.
bool take(Items& items, Item item, Bytes value) {
  switch (item) {
    case Item::Revision:
      return take(items.revision, sizeof(std::uint16_t), value);
    case Item::MaxApdu:
      return take(items.max_apdu, sizeof(std::uint32_t), value);
    case Item::Features:
      return take(items.features, sizeof(std::uint32_t), value);
    case Item::Secret:
      return take(items.resume.secret, value);
    case Item::Session:
      return take(items.resume.session, value);
    case Item::Earlier:
      return take(items.resume.earlier, value);
    case Item::Readers:
      return take(items.readers, sizeof(std::uint32_t), value) && *items.readers > 0;
  }
  return true;
}

}  // namespace

std::size_t encoded_size(const ExtHello& hello) {
  const ResumeOffer& offer = hello.resume;
  std::size_t size = kNumbers;
  if (hello.readers > 1) size += kItemHeader + sizeof hello.readers;
  if (offer.secret) size += kItemHeader + sizeof(ResumeSecret);
  if (offer.session) size += kItemHeader + sizeof(SessionName);
  if (offer.earlier) size += kItemHeader + kPoint;
  return size;
}

void write_items(ByteWriter<SecretBytes>& out, const ExtHello& hello) {
  begin_item(out, Item::Revision, sizeof hello.revision);
  out.u16_be(hello.revision);
  write_number(out, Item::MaxApdu, hello.max_apdu);
  write_number(out, Item::Features, hello.features);
  if (hello.readers > 1) write_number(out, Item::Readers, hello.readers);
  write_offer(out, hello.resume);
}

std::expected<ExtHello, Errc> read_items(Bytes payload) {
  Items items;
  ByteReader in(payload);
  bool right = true;
  while (right && in.remaining() > 0) {
    const Item item{in.u16_be()};
    const Bytes value = in.bytes(in.u16_be());
    right = in.ok() && take(items, item, value);
  }
  if (!right || !items.revision || !items.max_apdu || *items.revision == 0 ||
      *items.max_apdu < iso7816::kMaxShortResponse) {
    return std::unexpected(Errc::BadExtension);
  }
  return ExtHello{
      .revision = static_cast<std::uint16_t>(*items.revision),
      .max_apdu = std::min(*items.max_apdu, static_cast<std::uint32_t>(iso7816::kMaxCommandApdu)),
      .features = items.features.value_or(0),
      .readers = items.readers.value_or(1),
      .resume = items.resume};
}

}  // namespace vscard::protocol::vsc
