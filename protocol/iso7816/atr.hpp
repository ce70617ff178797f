#pragma once

#include "protocol/bytes.hpp"
#include "protocol/errc.hpp"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>

namespace vscard::protocol::iso7816 {

inline constexpr std::size_t kMinAtr = 2;   ///< bytes: TS T0
inline constexpr std::size_t kMaxAtr = 33;  ///< bytes: TS and at most 32 more, ISO 7816-3 §8.2.1

/// What the interface bytes say about the transmission; where the ATR leaves a byte out, the
/// default of ISO 7816-3.
struct AtrParameters {
  std::uint8_t fi_di = 0x11;          ///< TA1: clock divider (high nibble), baud divider, §8.3
  std::uint8_t extra_guard_time = 0;  ///< TC1: N, in bit times, §8.3
  std::optional<std::uint8_t> specific_mode;  ///< TA2: if present, nothing is negotiable, §8.3
  std::uint8_t waiting_integer = 10;          ///< TC2: WI of T=0, §10.2
  std::uint8_t ifsc = 32;            ///< first TA for T=1: largest block the card takes, §11.4.2
  std::uint8_t bwi_cwi = 0x4d;       ///< first TB for T=1: block, character waiting time, §11.4.3
  std::uint8_t redundancy_code = 0;  ///< first TC for T=1: 0 LRC, 1 CRC, §11.4.4

  friend bool operator==(const AtrParameters&, const AtrParameters&) = default;
};

/// Answer to reset: what a card says about itself when it is powered, ISO 7816-3 §8.2.
///
///     TS | T0 | [TA1] [TB1] [TC1] [TD1] | [TA2] ... | historical bytes | [TCK]
///
///     TS   3b direct, 3f inverse convention
///     T0   high nibble: which of TA1 TB1 TC1 TD1 follow (10 20 40 80); low: historical bytes
///     TDi  high nibble: which of the next four follow; low: the protocol T they are about
///     TCK  makes the exclusive-or of all but TS zero; absent if no TDi says other than T=0
///
/// An Atr's structure holds. Its TCK may be wrong, as that of some real cards is.
class Atr {
 public:
  /// Errc::BadAtr: no such structure, or bytes missing or left over.
  static std::expected<Atr, Errc> parse(Bytes bytes);

  // Views are valid until this object is assigned to or dropped.
  Bytes bytes() const { return Bytes(bytes_).first(size_); }
  Bytes historical_bytes() const { return bytes().subspan(historical_at_, historical_size_); }
  /// The values T offered, each once, in their order. Never empty: T=0 is the default.
  Bytes protocols() const { return Bytes(protocols_).first(protocol_count_); }

  /// The T that the card speaks unless another is negotiated.
  std::uint8_t first_protocol() const;
  const AtrParameters& parameters() const { return parameters_; }
  /// TCK is right, or there is none.
  bool checksum_ok() const { return checksum_ok_; }

  friend bool operator==(const Atr&, const Atr&) = default;

 private:
  struct InterfaceBytes;                            ///< TAi TBi TCi TDi of one i
  static constexpr std::size_t kMaxProtocols = 15;  ///< T is 0 to 14: T=15 is none, §8.2.3

  Atr() = default;
  bool read_interface_bytes(ByteReader& in, std::uint8_t t0);
  void offer(std::uint8_t protocol);

  std::array<std::uint8_t, kMaxAtr> bytes_{};
  std::size_t size_ = 0;
  std::size_t historical_at_ = 0;
  std::size_t historical_size_ = 0;
  std::array<std::uint8_t, kMaxProtocols> protocols_{};
  std::size_t protocol_count_ = 0;
  AtrParameters parameters_;
  bool checksum_ok_ = true;
};

}  // namespace vscard::protocol::iso7816
