#include "cards/libcacard/card_serial.hpp"

#include "cards/libcacard/fitness.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <pk11pub.h>
#include <utility>
#include <vector>

namespace vscard::cards::libcacard {
namespace {

using protocol::Bytes;
using protocol::iso7816::CommandApdu;
using protocol::iso7816::ResponseApdu;
using protocol::iso7816::StatusWord;
using ByteVector = std::vector<std::uint8_t>;

constexpr std::size_t kCardIdentifier = 9;  ///< where it begins in the container's values
/// Chip and serial, as libcacard 2.8 gives them to every card.
constexpr std::array<std::uint8_t, 14> kSameForAll{0x40, 0x70, 0x50, 0x72, 0x36, 0x0e, 0x00,
                                                   0x00, 0x58, 0xbd, 0x00, 0x2c, 0x19, 0xb5};

/// Empty where the card refuses it.
ByteVector data_of(VirtualReader& reader, const CommandApdu& command) {
  auto bytes = command.encode();
  if (!bytes) return {};
  const auto response = reader.transmit(std::move(*bytes));
  if (!response) return {};
  const auto parsed = ResponseApdu::parse(response->view());
  if (!parsed || parsed->status != StatusWord::Success) return {};
  return {parsed->data.begin(), parsed->data.end()};
}

bool select(VirtualReader& reader, Bytes applet) {
  return !data_of(reader, {.ins = kInsSelect, .p1 = kByName, .data = applet, .ne = 256}).empty();
}

ByteVector read_values(VirtualReader& reader, std::size_t offset) {
  static constexpr std::array<std::uint8_t, 2> kMost{kValueBuffer, 0xff};
  return data_of(reader, {.cla = 0x80,
                          .ins = kInsReadBuffer,
                          .p1 = static_cast<std::uint8_t>(offset >> 8),
                          .p2 = static_cast<std::uint8_t>(offset & 0xff),
                          .data = kMost,
                          .ne = 256});
}

/// As far as READ BUFFER reaches.
void append_all_values(VirtualReader& reader, ByteVector& to) {
  constexpr std::size_t kOffsets = 0x10000;
  for (std::size_t offset = 0; offset < kOffsets;) {
    const ByteVector some = read_values(reader, offset);
    if (some.empty()) return;
    to.insert(to.end(), some.begin(), some.end());
    offset += some.size();
  }
}

bool has_the_serial_of_all(VirtualReader& reader) {
  if (!select(reader, kCapabilityContainer)) return false;
  const ByteVector values = read_values(reader, 0);
  return values.size() >= kCardIdentifier + kSameForAll.size() &&
         std::ranges::equal(Bytes(values).subspan(kCardIdentifier, kSameForAll.size()),
                            kSameForAll);
}

}  // namespace

std::optional<Serial> serial_of_card(VirtualReader& reader) {
  if (!has_the_serial_of_all(reader)) return std::nullopt;
  ByteVector certificates;
  for (std::size_t place = 0; place < kMaxCertificates; ++place) {
    const auto number = static_cast<std::uint8_t>(place);
    if (!select(reader, std::array<std::uint8_t, 7>{0xa0, 0, 0, 0, 0x79, 0x01, number})) break;
    append_all_values(reader, certificates);
  }
  std::array<std::uint8_t, SHA256_LENGTH> digest{};
  if (PK11_HashBuf(SEC_OID_SHA256, digest.data(), certificates.data(),
                   static_cast<PRInt32>(certificates.size())) != SECSuccess) {
    return std::nullopt;
  }
  Serial serial;
  std::ranges::copy_n(digest.begin(), serial.size(), serial.begin());
  return serial;
}

}  // namespace vscard::cards::libcacard
