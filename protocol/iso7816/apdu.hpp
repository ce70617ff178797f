#pragma once

#include "protocol/bytes.hpp"
#include "protocol/errc.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <cstdint>
#include <expected>

namespace vscard::protocol::iso7816 {

// Sizes in bytes, ISO 7816-4 §5.1. A short length field is one byte, an extended one two, with a
// 00 before the first of them.
inline constexpr std::size_t kApduHeader = 4;           ///< CLA INS P1 P2
inline constexpr std::size_t kMaxShortData = 255;       ///< Lc ff
inline constexpr std::size_t kMaxExtendedData = 65535;  ///< Lc ff ff
inline constexpr std::uint32_t kMaxShortNe = 256;       ///< Le 00
inline constexpr std::uint32_t kMaxExtendedNe = 65536;  ///< Le 00 00
inline constexpr std::size_t kStatusWord = 2;           ///< SW1 SW2

/// 261: header, Lc, data, Le
inline constexpr std::size_t kMaxShortCommand = kApduHeader + 1 + kMaxShortData + 1;
/// 65544: header, 00, Lc, data, Le
inline constexpr std::size_t kMaxCommandApdu = kApduHeader + 1 + 2 + kMaxExtendedData + 2;
inline constexpr std::size_t kMaxShortResponse = kMaxShortNe + kStatusWord;    ///< 258
inline constexpr std::size_t kMaxResponseApdu = kMaxExtendedNe + kStatusWord;  ///< 65538

/// Instructions, ISO 7816-4 §11: those that the project itself has to know.
enum class Instruction : std::uint8_t {
  Select = 0xa4,
  ReadBinary = 0xb0,
  ReadRecord = 0xb2,
  GetResponse = 0xc0,
  GetData = 0xca,
  GetDataBerTlv = 0xcb,
};

/// How a command writes its length fields.
enum class LengthForm : std::uint8_t { Short, Extended };

/// Does a command of this class hide its data from whoever looks on? ISO 7816-4 §5.4.1, §10.
bool has_secure_messaging(std::uint8_t cla);
/// No chaining and no secure messaging: all but the logical channel is zero (ISO 7816-4 §5.4.1).
constexpr bool is_plain(std::uint8_t cla) { return (cla & 0xfc) == 0; }

/// What a terminal sends to a card, ISO 7816-4 §5.1. Nothing in the bytes names the case; the
/// command's size and b, the byte after the header, do:
///
///     case | after CLA INS P1 P2               | size    | b
///     -----+-----------------------------------+---------+--------------
///      1   |                                   | 4       |
///      2S  | Le                                | 5       | any, 00 = 256
///      3S  | Lc | data (Lc)                    | 5 + Lc  | not 00
///      4S  | Lc | data (Lc) | Le               | 6 + Lc  | not 00
///      2E  | 00 | Le Le                        | 7       | 00
///      3E  | 00 | Lc Lc | data (Lc)            | 7 + Lc  | 00
///      4E  | 00 | Lc Lc | data (Lc) | Le Le    | 9 + Lc  | 00
///
/// Le counts the response's data, its largest value is written as zero. Lc is never zero: a command
/// without data has no Lc, so 00 A4 04 00 00 00 is as malformed as a size that fits no row.
struct CommandApdu {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data = {};                      ///< a view: valid as long as the parsed bytes are
  std::uint32_t ne = 0;                 ///< most data bytes wanted back; 0: no Le
  LengthForm form = LengthForm::Short;  ///< case 1, which has no length field, is Short

  /// Errc::BadApdu: `bytes` match no row of the table.
  static std::expected<CommandApdu, Errc> parse(Bytes bytes);
  /// Errc::BadApdu: `data` or `ne` exceed what `form` can write.
  std::expected<SecretBytes, Errc> encode() const;

  friend bool operator==(const CommandApdu& a, const CommandApdu& b);
};

/// A response's last two bytes, SW1 and SW2 (ISO 7816-4 §5.1.3). Cards send many more than these,
/// which are the ones that the project itself sends or waits for.
enum class StatusWord : std::uint16_t {
  Success = 0x9000,
  MoreData = 0x6100,            ///< the low byte: how much GET RESPONSE gets, 00 = 256 or more
  WrongLe = 0x6c00,             ///< the low byte: the right one; nothing was done
  TriesLeft = 0x63c0,           ///< the low nibble: how many
  MemoryFailure = 0x6581,       ///< nothing was stored
  WrongLength = 0x6700,         ///< also the local answer to a command too long for the card's side
  ChannelUnsupported = 0x6881,  ///< logical channels other than 0
  SecurityStatus = 0x6982,      ///< a PIN or key has to be verified first
  Blocked = 0x6983,             ///< no tries left
  ConditionsNotMet = 0x6985,
  WrongData = 0x6a80,
  FunctionUnsupported = 0x6a81,
  FileNotFound = 0x6a82,  ///< or application, or object
  NoMemory = 0x6a84,
  WrongParameters = 0x6a86,    ///< P1 P2
  ReferenceNotFound = 0x6a88,  ///< the key or PIN that P2 names
  UnknownInstruction = 0x6d00,
  UnknownClass = 0x6e00,
  Unspecified = 0x6f00,
};

/// A whole response that has no data.
constexpr std::array<std::uint8_t, kStatusWord> status_bytes(StatusWord status) {
  const auto word = static_cast<std::uint16_t>(status);
  return {static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word & 0xff)};
}

/// What a card answers: data (0 to 65536 bytes) | SW1 SW2.
struct ResponseApdu {
  Bytes data = {};  ///< a view: valid as long as the parsed bytes are
  StatusWord status = StatusWord::Success;

  /// Errc::BadLength: fewer bytes than a status word, or more than kMaxResponseApdu.
  static std::expected<ResponseApdu, Errc> parse(Bytes bytes);
  SecretBytes encode() const;

  friend bool operator==(const ResponseApdu& a, const ResponseApdu& b);
};

}  // namespace vscard::protocol::iso7816
