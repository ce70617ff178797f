#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace vscard::protocol::vsc {

/// Random, and known to the two ends of one conversation alone: who shows it is that end.
using ResumeSecret = std::array<std::uint8_t, 16>;
/// Random: which conversation a secret belongs to.
using SessionName = std::array<std::uint8_t, 8>;

/// Which conversation a client wants to go on with.
struct ResumePoint {
  SessionName session{};
  std::uint32_t received = 0;  ///< counted messages of the host that have come
  bool operator==(const ResumePoint&) const = default;
};

/// In ExtHello (docs/vsc-extension.md §8). Whoever gives a secret can go on with the conversation
/// that begins, over another connection.
struct ResumeOffer {
  std::optional<ResumeSecret> secret = {};
  std::optional<SessionName> session = {};  ///< the name of what begins, from a client
  std::optional<ResumePoint> earlier = {};  ///< from a client
  bool operator==(const ResumeOffer&) const = default;
};

/// Both ways, of the extension: so many messages have come, from the one after ExtHello on. Which
/// ones count is in §8.
struct Received {
  std::uint32_t count = 0;
  bool operator==(const Received&) const = default;
};

struct ResumeProof {
  ResumeSecret secret{};  ///< the sender's, of the earlier conversation
  std::uint32_t received = 0;
  bool operator==(const ResumeProof&) const = default;
};

inline constexpr std::size_t kProofSize = sizeof(ResumeSecret) + sizeof(std::uint32_t);  ///< bytes

/// The host's answer to ResumePoint: without a proof it knows no such conversation, and a new one
/// has begun. The client's answer to that: a proof.
struct Resume {
  std::optional<ResumeProof> proof;
  bool operator==(const Resume&) const = default;
};

/// Both ways, last: the connection ends, and so does the conversation.
struct Bye {
  bool operator==(const Bye&) const = default;
};

}  // namespace vscard::protocol::vsc
