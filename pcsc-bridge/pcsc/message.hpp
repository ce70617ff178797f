#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

/// What libpcsclite and a PC/SC service say to each other on a UNIX stream socket, one connection a
/// context, versions 4:4 to 4:6 (pcsc-lite's winscard_msg.h). All numbers have 32 bits and the
/// machine's byte order; nothing is padded but where it is drawn.
///
///      0        4         8              8 + size
///     +--------+---------+--------------+---------------+
///     |  size  | command |   struct …   |  command APDU |    a request
///     +--------+---------+--------------+---------------+
///     |   struct, filled in   |  response APDU |              its answer
///     +-----------------------+----------------+
///
/// `size` is that of the struct. Each struct below is drawn by the order of its members.
namespace vscard::pcsc_bridge::pcsc {

using protocol::Bytes;
using protocol::SecretBytes;

enum class HandleId : std::uint32_t {};   ///< SCARDHANDLE
enum class ContextId : std::uint32_t {};  ///< SCARDCONTEXT

inline constexpr std::size_t kHeaderSize = 8;       ///< bytes
inline constexpr std::size_t kReaderName = 128;     ///< bytes: MAX_READERNAME, with its NUL
inline constexpr std::size_t kMaxAttribute = 264;   ///< bytes: MAX_BUFFER_SIZE
inline constexpr std::size_t kMaxData = 65'548;     ///< bytes: MAX_BUFFER_SIZE_EXTENDED
inline constexpr std::uint32_t kProtocolMajor = 4;  ///< of Version
inline constexpr std::uint32_t kProtocolMinor = 6;  ///< the newest
inline constexpr std::uint32_t kOldestMinor = 4;

enum class Command : std::uint32_t {
  Establish = 0x01,
  Release = 0x02,
  Connect = 0x04,
  Reconnect = 0x05,
  Disconnect = 0x06,
  Begin = 0x07,
  End = 0x08,
  Transmit = 0x09,
  Control = 0x0a,
  Status = 0x0b,
  Cancel = 0x0d,
  GetAttribute = 0x0f,
  SetAttribute = 0x10,
  Version = 0x11,
  ReaderStates = 0x12,
  Wait = 0x13,
  StopWaiting = 0x14,
  ReaderEvents = 0x15,
  StateCount = 0x16,
  StateArray = 0x17,
};

/// What a call gives its program: SCARD_… of pcsclite.h.
enum class Code : std::uint32_t {
  Success = 0,
  InternalError = 0x80100001,
  Cancelled = 0x80100002,
  InvalidHandle = 0x80100003,
  InsufficientBuffer = 0x80100008,
  UnknownReader = 0x80100009,
  SharingViolation = 0x8010000b,
  NoSmartcard = 0x8010000c,
  ProtoMismatch = 0x8010000f,
  InvalidValue = 0x80100011,
  NotTransacted = 0x80100016,
  ReaderUnavailable = 0x80100017,
  ServiceStopped = 0x8010001e,
  UnsupportedFeature = 0x8010001f,
  UnresponsiveCard = 0x80100066,
  UnpoweredCard = 0x80100067,
  ResetCard = 0x80100068,
  RemovedCard = 0x80100069,
};

/// SCARD_SHARE_…
enum class Share : std::uint32_t { Exclusive = 1, Shared = 2, Direct = 3 };
/// SCARD_…_CARD: what a card goes through when its user leaves it, or comes back.
enum class Disposition : std::uint32_t { Leave = 0, Reset = 1, Unpower = 2, Eject = 3 };

/// SCARD_PROTOCOL_…, alone or several.
using Protocols = std::uint32_t;
inline constexpr Protocols kUndefinedProtocol = 0;
inline constexpr Protocols kT0 = 1;
inline constexpr Protocols kT1 = 2;
inline constexpr Protocols kRaw = 4;
inline constexpr Protocols kAnyOld = 0x1000;  ///< SCARD_PROTOCOL_ANY_OLD: T=0 or T=1

/// A reader's name, with zeros behind it.
struct ReaderName {
  std::array<char, kReaderName> bytes{};
  /// Valid as long as this object; at most kReaderName - 1 bytes.
  std::string_view text() const;
  bool operator==(const ReaderName&) const = default;
};

struct Version {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  Code rv{};
};

struct Establish {
  std::uint32_t scope = 0;
  ContextId context{};
  Code rv{};
};

struct Release {
  ContextId context{};
  Code rv{};
};

struct Connect {
  ContextId context{};
  ReaderName reader;
  Share share{};
  Protocols preferred = 0;
  HandleId card{};
  Protocols active = 0;
  Code rv{};
};

struct Reconnect {
  HandleId card{};
  Share share{};
  Protocols preferred = 0;
  Disposition initialization{};
  Protocols active = 0;
  Code rv{};
};

struct Disconnect {
  HandleId card{};
  Disposition disposition{};
  Code rv{};
};

struct Begin {
  HandleId card{};
  Code rv{};
};

struct End {
  HandleId card{};
  Disposition disposition{};
  Code rv{};
};

/// `sent` bytes follow the request, and `received` the answer if rv is Success.
struct Transmit {
  HandleId card{};
  Protocols send_protocol = 0;
  std::uint32_t send_pci = 0;  ///< bytes of the program's struct, which are 16 with 64 bits
  std::uint32_t sent = 0;
  Protocols receive_protocol = 0;
  std::uint32_t receive_pci = 0;
  std::uint32_t received = 0;  ///< in the request: the program's buffer
  Code rv{};
};

/// As Transmit.
struct Control {
  HandleId card{};
  std::uint32_t code = 0;
  std::uint32_t sent = 0;
  std::uint32_t room = 0;  ///< the program's buffer
  std::uint32_t received = 0;
  Code rv{};
};

struct Status {
  HandleId card{};
  Code rv{};
};

struct Cancel {
  ContextId context{};
  Code rv{};
};

struct Attribute {
  HandleId card{};
  std::uint32_t id = 0;
  std::array<std::uint8_t, kMaxAttribute> value{};
  std::uint32_t length = 0;
  Code rv{};
};
struct GetAttribute : Attribute {};
struct SetAttribute : Attribute {};

// Without a struct.
struct ReaderStates {};  ///< answered by the first 16 states
struct Wait {};          ///< for a change; up to 4:5 answered likewise. Then an Event comes
struct StopWaiting {};   ///< answered by an Event, unless one was sent
struct ReaderEvents {};  ///< answered by an Event
struct StateCount {};    ///< of StateArray, from 4:6 on
struct StateArray {};

using Call = std::variant<Version, Establish, Release, Connect, Reconnect, Disconnect, Begin, End,
                          Transmit, Control, Status, Cancel, GetAttribute, SetAttribute,
                          ReaderStates, Wait, StopWaiting, ReaderEvents, StateCount, StateArray>;

struct Request {
  Call call;
  SecretBytes data;  ///< of Transmit and Control
};

/// To a program that waits, and where it says so above.
struct Event {
  std::uint32_t count = 0;  ///< how often a reader came or went
  Code rv{};
};

/// One of the states:
///
///     name[128] | events | bits | sharing | atr[33] | 0 0 0 | atr length | protocol
struct ReaderState {
  ReaderName name;
  std::uint32_t events = 0;  ///< insertions and removals of a card
  std::uint32_t bits = 0;    ///< SCARD_ABSENT and so on
  std::int32_t sharing = 0;  ///< how many use it; -1: one alone
  Bytes atr;                 ///< at most 33 bytes
  Protocols protocol = kUndefinedProtocol;
};
inline constexpr std::size_t kStateSize = 184;  ///< bytes

}  // namespace vscard::pcsc_bridge::pcsc
