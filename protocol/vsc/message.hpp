#pragma once

#include "protocol/iso7816/apdu.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/ahead.hpp"
#include "protocol/vsc/ext_hello.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <variant>

/// The messages of VSC, the virtual smart card protocol of libcacard and QEMU (vscard_common.h),
/// version 0.0.2, with the extension of docs/vsc-extension.md. On the wire, every field big endian
/// but the four bytes of the magic:
///
///      0        4        8        12            12 + length
///     +--------+--------+--------+-------------+
///     |  type  | reader | length |  payload …  |
///     +--------+--------+--------+-------------+
///
/// The *host* uses the card (a virtual machine's reader), the *client* owns it.
namespace vscard::protocol::vsc {

/// A reader on one connection. Stock peers know one reader, number 0.
enum class ReaderId : std::uint32_t {};
inline constexpr ReaderId kFirstReader{0};
/// In the request that asks for a number, and in messages that are about no reader.
inline constexpr ReaderId kUndefinedReader{0xffffffff};

inline constexpr std::size_t kHeaderSize = 12;  ///< bytes
/// Bytes of a maximal command APDU, which is longer than a maximal response.
inline constexpr std::size_t kMaxPayload = iso7816::kMaxCommandApdu;
inline constexpr std::size_t kMaxReaderName = 1024;  ///< bytes; a bound of ours
/// The first four bytes of Init's payload, in this order whatever the byte order of the rest.
inline constexpr std::array<std::uint8_t, 4> kMagic{'V', 'S', 'C', 'D'};
inline constexpr std::uint32_t kVersion = 0x00000002;
inline constexpr std::size_t kInitPayload = 12;  ///< bytes: magic, version, one capability word
/// The capability bit of the extension. A peer that has not set it gets no type above 9.
inline constexpr std::uint32_t kExtension = 1;

enum class Type : std::uint32_t {
  Init = 1,
  Error = 2,
  ReaderAdd = 3,
  ReaderRemove = 4,
  Atr = 5,
  CardRemove = 6,
  Apdu = 7,
  Flush = 8,
  FlushComplete = 9,
  ExtHello = 0x100,
  Power = 0x101,
  Ahead = 0x102,
  Ping = 0x103,
  Pong = 0x104,
  Received = 0x105,
  Resume = 0x106,
  Bye = 0x107,
  Cancel = 0x108,
  Working = 0x109,
  ReaderUse = 0x10a,
};

enum class ErrorCode : std::uint32_t {
  Success = 0,
  General = 1,
  CannotAddMoreReaders = 2,
  CardAlreadyInserted = 3,
};

/// Both ways, first. It is always sent with exactly one capability word: libcacard's vscclient has
/// room for one.
struct Init {
  std::uint32_t version = kVersion;
  std::uint32_t capabilities = 0;  ///< the first word; 0 where there is none
  bool operator==(const Init&) const = default;
};

/// The answer to ReaderAdd, ReaderRemove, Atr and CardRemove, with code Success too. From a client
/// whose card has a command pending: the card did not answer. Only zero is meaningful: the byte
/// order of the rest differs among peers.
struct Error {
  ErrorCode code = ErrorCode::Success;
  bool operator==(const Error&) const = default;
};

/// Client to host. The answer's header carries the number given to the reader.
struct ReaderAdd {
  std::string name;  ///< UTF-8, may be empty
  bool operator==(const ReaderAdd&) const = default;
};

/// Client to host.
struct ReaderRemove {
  bool operator==(const ReaderRemove&) const = default;
};

/// Client to host: a card was inserted, or reset. Not checked here (see protocol/iso7816/atr.hpp).
struct CardAtr {
  SecretBytes atr;
  bool operator==(const CardAtr&) const = default;
};

/// Client to host.
struct CardRemove {
  bool operator==(const CardRemove&) const = default;
};

/// To the client a command, to the host its response.
struct Apdu {
  SecretBytes bytes;
  bool operator==(const Apdu&) const = default;
};

/// Host to client: answer FlushComplete when no earlier command is pending any more.
struct Flush {
  bool operator==(const Flush&) const = default;
};

/// Client to host.
struct FlushComplete {
  bool operator==(const FlushComplete&) const = default;
};

enum class PowerAction : std::uint8_t {
  Down = 0,
  ColdReset = 1,
  WarmReset = 2,
};

/// Host to client, of the extension: what the card is to go through after the command that it works
/// on, and before any later one. It has no answer; an ATR comes if it has become another.
struct Power {
  PowerAction action{};
  bool operator==(const Power&) const = default;
};

/// Host to client, of the extension, to a client that carries it out: nobody waits any more for the
/// commands that were sent so far. Each is answered once all the same, in order, and at once.
struct Cancel {
  bool operator==(const Cancel&) const = default;
};

/// Client to host, of the extension, to a host that takes it: the card is alive, and works on the
/// command that is due next, or on one before it that was cancelled.
struct Working {
  bool operator==(const Working&) const = default;
};

/// What can be done with a client's reader at the host.
enum class Use : std::uint8_t {
  Ready = 0,    ///< its card can be used, as from its ReaderAdd on
  Removed = 1,  ///< the host's user has taken the reader away
  NoPlace = 2,  ///< the host could not make a place for it
};

/// Host to client, of the extension, to a client that takes it: it has changed. Reader and card
/// stay known to the host, so that they are there when it is Ready again.
struct ReaderUse {
  Use use{};
  bool operator==(const ReaderUse&) const = default;
};

/// Both ways, of the extension, to a peer that answers it: is it there?
struct Ping {
  std::uint32_t token = 0;
  bool operator==(const Ping&) const = default;
};

/// The answer to Ping, at once and before any other message.
struct Pong {
  std::uint32_t token = 0;  ///< the Ping's
  bool operator==(const Pong&) const = default;
};

/// A message of a type that is not known here; its payload was skipped.
struct Unknown {
  std::uint32_t type = 0;
  std::uint32_t length = 0;  ///< bytes that were skipped
  bool operator==(const Unknown&) const = default;
};

using Body = std::variant<Init, Error, ReaderAdd, ReaderRemove, CardAtr, CardRemove, Apdu, Flush,
                          FlushComplete, ExtHello, Power, Ahead, Ping, Pong, Received, Resume, Bye,
                          Cancel, Working, ReaderUse, Unknown>;

/// May it be sent only to a peer that keeps to the extension?
inline bool of_extension(const Body& body) { return body.index() >= Body(ExtHello{}).index(); }

struct Message {
  ReaderId reader{};
  Body body;
  bool operator==(const Message&) const = default;
};

/// Header and payload in one buffer, to be written at once: a header written on its own costs the
/// peer's delayed ACK. An Unknown is encoded as its header with no payload.
SecretBytes encode(const Message& message);
std::size_t encoded_size(const Message& message);  ///< bytes

/// The message's name for a log line: "Init", "ATR", "unknown type 77". Never its content.
std::string name_of(const Message& message);

}  // namespace vscard::protocol::vsc
