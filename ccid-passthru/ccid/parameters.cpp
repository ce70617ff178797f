#include "ccid-passthru/ccid/parameters.hpp"

#include <algorithm>

namespace vscard::ccid_passthru::ccid {
namespace {

constexpr std::uint8_t kInverse = 0x3f;  ///< TS, ISO 7816-3 §8.1

constexpr std::uint8_t kInverseConvention = 0x02;
constexpr std::uint8_t kCrc = 0x01;
constexpr std::uint8_t kT1 = 0x10;
constexpr std::uint8_t kNoClockStop = 0x00;
constexpr std::uint8_t kNoNad = 0x00;

}  // namespace

Parameters::Parameters(const protocol::iso7816::Atr& atr)
    : protocol_(atr.first_protocol() == 1 ? 1 : 0) {
  const protocol::iso7816::AtrParameters& from = atr.parameters();
  const std::uint8_t convention = atr.bytes().front() == kInverse ? kInverseConvention : 0;
  if (protocol_ == 0) {
    bytes_ = {from.fi_di, convention, from.extra_guard_time, from.waiting_integer, kNoClockStop};
    return;
  }
  // Bit 0 of the redundancy code is the only one that ISO 7816-3 defines.
  const std::uint8_t edc = (from.redundancy_code & 1) != 0 ? kCrc : 0;
  bytes_ = {from.fi_di,
            static_cast<std::uint8_t>(kT1 | convention | edc),
            from.extra_guard_time,
            from.bwi_cwi,
            kNoClockStop,
            from.ifsc,
            kNoNad};
}

std::size_t Parameters::size_for(std::uint8_t protocol) {
  switch (protocol) {
    case 0:
      return 5;
    case 1:
      return kMaxSize;
    default:
      return 0;
  }
}

protocol::Bytes Parameters::bytes() const {
  return protocol::Bytes(bytes_).first(size_for(protocol_));
}

bool Parameters::set(std::uint8_t protocol, protocol::Bytes bytes) {
  if (bytes.empty() || bytes.size() != size_for(protocol)) return false;
  protocol_ = protocol;
  std::ranges::copy(bytes, bytes_.begin());
  return true;
}

bool offers(const protocol::iso7816::Atr& atr, std::uint8_t protocol) {
  if (atr.parameters().specific_mode) return atr.first_protocol() == protocol;
  return std::ranges::count(atr.protocols(), protocol) != 0;
}

}  // namespace vscard::ccid_passthru::ccid
