#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

/// The messages of CCID 1.1 (Chip/Smart Card Interface Devices), §6. Integers are little endian:
///
///      0      1          5       6      7        8         9        10          10 + dwLength
///     +------+----------+-------+------+--------+---------+--------+------------+
///     | type | dwLength | bSlot | bSeq |  three bytes of the type  |  abData …  |    to the reader
///     | type | dwLength | bSlot | bSeq | bStatus | bError | of type|  abData …  |    to the guest
///     +------+----------+-------+------+---------+--------+--------+------------+
namespace vscard::ccid_passthru::ccid {

inline constexpr std::size_t kHeaderSize = 10;           ///< bytes
inline constexpr std::size_t kMinMessage = 271;          ///< bytes: 10 + a short APDU, §5.1
inline constexpr std::size_t kMaxMessage = 65554;        ///< bytes: 10 + the longest APDU, §5.1
inline constexpr std::size_t kDefaultMaxMessage = 3072;  ///< bytes: what many real readers take
/// Bytes of a message that GnuPG's driver has room for.
inline constexpr std::size_t kCautiousReply = 2065;

/// How long messages may be, header included.
struct MessageLimits {
  /// dwMaxCCIDMessageLength: kMinMessage to kMaxMessage.
  std::size_t max_message = kDefaultMaxMessage;

  /// Of messages to the guest: cautious until somebody asks for more than the default.
  constexpr std::size_t max_reply() const {
    return max_message > kDefaultMaxMessage ? max_message : std::min(max_message, kCautiousReply);
  }
  bool operator==(const MessageLimits&) const = default;
};

/// A slot number. The reader has one slot, number 0.
enum class Slot : std::uint8_t {};
/// The number that a command and its answer share.
enum class Seq : std::uint8_t {};

/// Messages to the reader, §6.1.
enum class CommandType : std::uint8_t {
  SetParameters = 0x61,
  IccPowerOn = 0x62,
  IccPowerOff = 0x63,
  GetSlotStatus = 0x65,
  Secure = 0x69,
  T0Apdu = 0x6a,
  Escape = 0x6b,
  GetParameters = 0x6c,
  ResetParameters = 0x6d,
  IccClock = 0x6e,
  XfrBlock = 0x6f,
  Mechanical = 0x71,
  Abort = 0x72,
  SetDataRateAndClockFrequency = 0x73,
};

/// Messages to the guest, §6.2.
enum class ReplyType : std::uint8_t {
  DataBlock = 0x80,
  SlotStatus = 0x81,
  Parameters = 0x82,
  Escape = 0x83,
  DataRateAndClockFrequency = 0x84,
};

/// The type that answers a command, whether it succeeds or not. SlotStatus for unknown ones.
ReplyType reply_type(CommandType type);

/// bmICCStatus, §6.2.6: bits 0 and 1 of bStatus.
enum class IccStatus : std::uint8_t { Active = 0, Inactive = 1, Absent = 2 };

/// bmCommandStatus, §6.2.6: bits 6 and 7 of bStatus.
enum class CommandStatus : std::uint8_t { Success = 0x00, Failed = 0x40, TimeExtension = 0x80 };

/// bError of a failed command, §6.2.6. Values up to 7f are the offset of the header field that is
/// wrong.
enum class Error : std::uint8_t {
  NotSupported = 0x00,
  BadLength = 1,
  BadSlot = 5,
  BadPowerSelect = 7,
  BadProtocol = 7,
  BadLevelParameter = 8,
  SlotBusy = 0xe0,
  HardwareError = 0xfb,
  IccMute = 0xfe,  ///< with IccStatus::Absent: there is no card
  Aborted = 0xff,
};

struct Command {
  CommandType type{};  ///< may be a value that has no name
  Slot slot{};
  Seq seq{};
  std::array<std::uint8_t, 3> specific{};  ///< bytes 7 to 9
  protocol::Bytes data;                    ///< a view into the message

  /// Bytes 8 and 9: wLevelParameter of XfrBlock.
  std::uint16_t level_parameter() const {
    return static_cast<std::uint16_t>(specific[1] | (specific[2] << 8));
  }
};

/// What is left of a command whose message is gone: enough to answer it.
inline Command unanswered(CommandType type, Seq seq) {
  return {.type = type, .seq = seq, .data = {}};
}

/// A command, and whether its length is what its header announces.
struct ParsedCommand {
  Command command;
  bool length_ok = false;
};
/// Nothing: there are fewer than kHeaderSize bytes.
std::optional<ParsedCommand> parse_command(protocol::Bytes message);
/// dwLength of a message, or of its first part. Nothing: likewise.
std::optional<std::uint32_t> announced_length(protocol::Bytes message);

struct Reply {
  ReplyType type{};
  Slot slot{};
  Seq seq{};
  IccStatus icc = IccStatus::Absent;
  CommandStatus status = CommandStatus::Success;
  std::uint8_t error = 0;     ///< bError, or the multiplier of a time extension
  std::uint8_t specific = 0;  ///< byte 9: bChainParameter, bClockStatus, bProtocolNum
  protocol::Bytes data;

  protocol::SecretBytes encode() const;
};

}  // namespace vscard::ccid_passthru::ccid
