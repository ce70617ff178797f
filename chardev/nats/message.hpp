#pragma once

#include "chardev/nats/errc.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vscard::chardev::nats {

// What a message on NATS has in it. Its subject says for whom it is, and its reply subject who sent
// it. Integers are big endian; the first byte is the kind:
//
//   1 Open    version u8, waited u32, subject and labels (to the end, with blanks between)
//   2 Accept
//   3 Refuse  reason (UTF-8, to the end)
//   4 Data    at u32, read u32, bytes (to the end)
//   5 Close   at u32
//   6 Probe
//   7 InLine  place u32

inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kDataHeader = 9;    ///< bytes: kind, at, read
inline constexpr std::size_t kOpenHeader = 6;    ///< bytes: kind, version, waited
inline constexpr std::size_t kMaxText = 900;     ///< bytes of a subject and labels, or of a reason
inline constexpr std::size_t kWindow = 1 << 16;  ///< bytes that may be on the way, each direction

/// Texts are printable ASCII when they were decoded.

/// How many bytes a side has sent, or has read, modulo 2^32.
using Count = std::uint32_t;
using Milliseconds = std::chrono::duration<std::uint32_t, std::milli>;

/// Who waits in line asks again so often, and who has not asked for so long is in it no more.
inline constexpr std::chrono::seconds kAskEvery{3};
inline constexpr std::chrono::seconds kForgotten{10};

/// To the subject under which streams are offered: a stream is wanted.
struct Open {
  std::uint8_t version = kVersion;
  std::string subject = {};  ///< of the end that asks: an Accept goes there, a Refuse to the reply
                             ///< subject
  std::vector<std::string> labels = {};  ///< that are wanted of what a pool has, "type=piv"
  /// Of who waits in line where there is none: for how long already. On the wire, all ones stand
  /// for who does not wait.
  std::optional<Milliseconds> waited = {};
  bool operator==(const Open&) const = default;
};
/// In the line of a pool; it has to be asked for again within kForgotten. To who asked.
struct InLine {
  std::uint32_t place = 1;  ///< of those who wait, from 1 on
  bool operator==(const InLine&) const = default;
};
/// Here it is: the reply subject is that of the other end.
struct Accept {
  bool operator==(const Accept&) const = default;
};
/// The reason of a Refuse that says least, where several answer.
inline constexpr const char* kOtherLabels = "no card there has all these labels";
/// There is none; or, in a stream: there is none any more.
struct Refuse {
  std::string reason;  ///< for log lines
  bool operator==(const Refuse&) const = default;
};
/// Bytes of a stream; without bytes it is a sign of life and tells what was read.
struct Data {
  Count at = 0;           ///< bytes that were sent before these
  Count read = 0;         ///< bytes of the other side's that were read: kWindow more may be sent
  protocol::Bytes bytes;  ///< at most kWindow; valid as long as what was decoded
};
/// The stream has ended; or, to the subject under which streams are offered: who is at the reply
/// subject waits in line no more.
struct Close {
  Count at = 0;  ///< bytes that were sent in all
  bool operator==(const Close&) const = default;
};
/// To the subject under which streams are offered: does anybody else offer them? A Refuse says yes.
struct Probe {
  bool operator==(const Probe&) const = default;
};

using Message = std::variant<Open, Accept, Refuse, Data, Close, Probe, InLine>;

std::expected<Message, Errc> decode(protocol::Bytes bytes);
protocol::SecretBytes encode(const Message& message);

}  // namespace vscard::chardev::nats
