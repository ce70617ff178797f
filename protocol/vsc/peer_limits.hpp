#pragma once

#include "protocol/time.hpp"
#include "protocol/vsc/message.hpp"

#include <chrono>
#include <cstddef>

namespace vscard::protocol::vsc {

/// How long a card may work on one command before it counts as mute.
inline constexpr std::chrono::seconds kApduTimeout{300};
/// How long a peer may leave Init or a request unanswered, or its side of the stream unread.
inline constexpr std::chrono::seconds kAnswerTimeout{20};
/// Commands that a host may send ahead of a reader's answers. A stock host sends one, and after a
/// guest's reset a second.
inline constexpr std::size_t kMaxQueuedCommands = 8;

/// What the other side can take, as far as it does not say so itself by the extension. The defaults
/// are those of the stock peers.
struct PeerLimits {
  /// Bytes of a command APDU: libcacard's vscclient has room for 270.
  std::size_t max_command = 270;
  /// Bytes of a response APDU: QEMU's bulk-in buffer is 384 bytes with the CCID header of 10.
  std::size_t max_response = 374;
  bool operator==(const PeerLimits&) const = default;
  /// Is it, for all that is known, libcacard's client or QEMU's reader?
  bool stock() const { return *this == PeerLimits{}; }
};

/// A peer that takes what VSC can carry.
inline constexpr PeerLimits kAmpleLimits{.max_command = kMaxPayload, .max_response = kMaxPayload};

}  // namespace vscard::protocol::vsc
