#include "protocol/iso7816/atr.hpp"

#include <algorithm>

namespace vscard::protocol::iso7816 {
namespace {

constexpr std::uint8_t kDirectConvention = 0x3b;
constexpr std::uint8_t kInverseConvention = 0x3f;
constexpr std::uint8_t kLowNibble = 0x0f;

/// T=15 announces interface bytes about no protocol (clock stop, voltage class), §8.2.3.
constexpr std::uint8_t kGlobal = 15;

}  // namespace

struct Atr::InterfaceBytes {
  std::optional<std::uint8_t> ta, tb, tc, td;

  /// Reads those that `present` announces: its bits 10 20 40 80, in this order.
  InterfaceBytes(ByteReader& in, std::uint8_t present) {
    if ((present & 0x10) != 0) ta = in.u8();
    if ((present & 0x20) != 0) tb = in.u8();
    if ((present & 0x40) != 0) tc = in.u8();
    if ((present & 0x80) != 0) td = in.u8();
  }
};

std::expected<Atr, Errc> Atr::parse(Bytes bytes) {
  if (bytes.size() < kMinAtr || bytes.size() > kMaxAtr) return std::unexpected(Errc::BadAtr);
  Atr atr;
  std::ranges::copy(bytes, atr.bytes_.begin());
  atr.size_ = bytes.size();

  ByteReader in(bytes);
  const std::uint8_t ts = in.u8();
  if (ts != kDirectConvention && ts != kInverseConvention) return std::unexpected(Errc::BadAtr);
  const std::uint8_t t0 = in.u8();
  const bool has_tck = atr.read_interface_bytes(in, t0);
  atr.historical_at_ = bytes.size() - in.remaining();
  atr.historical_size_ = in.bytes(t0 & kLowNibble).size();
  if (has_tck) in.u8();
  if (!in.ok_and_done()) return std::unexpected(Errc::BadAtr);

  if (has_tck) {
    std::uint8_t sum = 0;
    for (const std::uint8_t byte : bytes.subspan(1)) sum ^= byte;
    atr.checksum_ok_ = sum == 0;
  }
  return atr;
}

/// Follows the chain of interface bytes to its end. Does a TCK close the ATR?
bool Atr::read_interface_bytes(ByteReader& in, std::uint8_t t0) {
  bool has_tck = false;
  bool t1_seen = false;

  const InterfaceBytes first(in, t0);
  parameters_.fi_di = first.ta.value_or(parameters_.fi_di);
  parameters_.extra_guard_time = first.tc.value_or(parameters_.extra_guard_time);

  std::optional<std::uint8_t> td = first.td;
  for (unsigned i = 2; td.has_value(); ++i) {
    const std::uint8_t protocol = *td & kLowNibble;
    offer(protocol);
    has_tck = has_tck || protocol != 0;
    const InterfaceBytes next(in, *td);
    if (i == 2) {
      parameters_.specific_mode = next.ta;
      parameters_.waiting_integer = next.tc.value_or(parameters_.waiting_integer);
    } else if (protocol == 1 && !t1_seen) {
      t1_seen = true;
      parameters_.ifsc = next.ta.value_or(parameters_.ifsc);
      parameters_.bwi_cwi = next.tb.value_or(parameters_.bwi_cwi);
      parameters_.redundancy_code = next.tc.value_or(parameters_.redundancy_code);
    }
    td = next.td;
  }
  if (protocol_count_ == 0) offer(0);
  return has_tck;
}

void Atr::offer(std::uint8_t protocol) {
  if (protocol == kGlobal || std::ranges::count(protocols(), protocol) != 0) return;
  protocols_[protocol_count_++] = protocol;
}

std::uint8_t Atr::first_protocol() const {
  if (parameters_.specific_mode) return *parameters_.specific_mode & kLowNibble;
  return protocols_.front();
}

}  // namespace vscard::protocol::iso7816
