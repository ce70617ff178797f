#pragma once

#include "protocol/vsc_message.hpp"

#include <chrono>
#include <cstddef>

namespace vscard::protocol {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = Clock::duration;

/// How long a card may work on one command before it counts as mute.
inline constexpr std::chrono::seconds kApduTimeout{300};
/// How long a peer may leave Init or a request unanswered, or its side of the stream unread.
inline constexpr std::chrono::seconds kAnswerTimeout{20};
/// Commands that a host may send ahead of a reader's answers. A stock host sends one, and after a
/// guest's reset a second.
inline constexpr std::size_t kMaxQueuedCommands = 8;

/// What the other side can take. The defaults are those of the stock peers.
struct Peer {
  /// Bytes of a command APDU: libcacard's vscclient reads into a buffer of 270, unchecked.
  std::size_t max_command = 270;
  /// Bytes of a response APDU: QEMU's bulk-in buffer is 384 bytes with the CCID header of 10.
  std::size_t max_response = 374;
  bool operator==(const Peer&) const = default;
  /// Is it, for all that is known, libcacard's client or QEMU's reader?
  bool stock() const { return *this == Peer{}; }
};

/// A peer that takes what VSC can carry.
inline constexpr Peer kAmplePeer{.max_command = vsc::kMaxPayload, .max_response = vsc::kMaxPayload};

}  // namespace vscard::protocol
