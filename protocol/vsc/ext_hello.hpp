#pragma once

#include "protocol/bytes.hpp"
#include "protocol/errc.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/resume.hpp"

#include <cstdint>
#include <expected>

namespace vscard::protocol::vsc {

/// The revision of docs/vsc-extension.md that is spoken here.
inline constexpr std::uint16_t kRevision = 1;
// Bits of ExtHello's features.
inline constexpr std::uint32_t kPowerFeature = 1;       ///< this client carries out Power
inline constexpr std::uint32_t kAheadFeature = 2;       ///< this host takes Ahead
inline constexpr std::uint32_t kPingFeature = 4;        ///< the sender answers Ping
inline constexpr std::uint32_t kCancelFeature = 8;      ///< this client carries out Cancel
inline constexpr std::uint32_t kWorkingFeature = 16;    ///< this host takes Working
inline constexpr std::uint32_t kReaderUseFeature = 32;  ///< this client takes ReaderUse

/// Both ways, once, after both Inits have said kExtension and before anything else: what the sender
/// is (docs/vsc-extension.md §3).
struct ExtHello {
  std::uint16_t revision = kRevision;
  /// Bytes of the longest APDU that the sender takes: a client commands, a host responses.
  std::uint32_t max_apdu = 0;
  std::uint32_t features = 0;  ///< what the sender understands
  std::uint32_t readers = 1;   ///< so many of a client's at a time a host takes; at least 1
  ResumeOffer resume = {};
  bool operator==(const ExtHello&) const = default;
};

/// Bytes of its items.
std::size_t encoded_size(const ExtHello& hello);
/// Type and length of two bytes each, value; all big endian.
void write_items(ByteWriter<SecretBytes>& out, const ExtHello& hello);

/// Items of unknown types are skipped. One that is cut off, repeated or of a wrong length, a
/// missing revision or APDU, one of less than 258 bytes, and no reader at all are
/// Errc::BadExtension. What is longer than kMaxPayload is taken as that.
std::expected<ExtHello, Errc> read_items(Bytes payload);

}  // namespace vscard::protocol::vsc
