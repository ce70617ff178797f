#pragma once

#include "protocol/bytes.hpp"
#include "protocol/iso7816/atr.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace vscard::ccid_passthru::ccid {

/// How reader and card talk: the data of SetParameters and RDR_to_PC_Parameters, CCID 1.1 §6.1.7.
///
///     T=0 | FI DI | 00 + convention          | guard time | waiting integer | clock stop
///     T=1 | FI DI | 10 + convention + EDC    | guard time | BWI CWI         | clock stop | IFSC |
///     NAD
///
/// The convention is 02 if the card's is the inverse one, the EDC is 01 for a CRC.
///
/// Real readers act on them. This one has only APDUs to exchange: it says what the ATR says, and
/// remembers what the guest has set.
class Parameters {
 public:
  explicit Parameters(const protocol::iso7816::Atr& atr);

  /// bProtocolNum: 0 or 1.
  std::uint8_t protocol() const { return protocol_; }
  protocol::Bytes bytes() const;

  /// Bytes for `protocol`; zero: neither T=0 nor T=1.
  static std::size_t size_for(std::uint8_t protocol);
  /// False, and nothing has changed: the bytes are not size_for(protocol), or that is zero.
  [[nodiscard]] bool set(std::uint8_t protocol, protocol::Bytes bytes);

 private:
  static constexpr std::size_t kMaxSize = 7;
  std::uint8_t protocol_ = 0;
  std::array<std::uint8_t, kMaxSize> bytes_{};
};

/// May the guest choose this T? The card must offer it, and it is fixed if the ATR has a TA2.
bool offers(const protocol::iso7816::Atr& atr, std::uint8_t protocol);

}  // namespace vscard::ccid_passthru::ccid
