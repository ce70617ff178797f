#pragma once

#include "ccid-passthru/ccid/message.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <cstdint>

namespace vscard::ccid_passthru::usb {

/// Bytes. A transfer of another length ends a message. At high speed packets are larger, but hosts
/// with a full-speed controller ask and send in pieces of 64 all the same.
inline constexpr std::size_t kPiece = 64;

/// Makes CCID messages of bulk-OUT transfers. A message is one transfer, but carriers cut long ones
/// into several, so it is collected by its dwLength.
class BulkOut {
 public:
  explicit BulkOut(ccid::MessageLimits limits) : limits_(limits) {}

  enum class Outcome {
    Incomplete,  ///< more is to come, or there was nothing
    Message,     ///< message() is complete
    Malformed,   ///< message() is the header of one whose length is wrong: dropped
    Nonsense,    ///< not even a header
  };
  Outcome feed(protocol::Bytes transfer);
  /// Valid until the next call, and as long as the bytes last fed.
  protocol::Bytes message() const { return message_; }

  /// The guest has read an answer: nothing more of a malformed message will come.
  void guest_has_read() { skipping_ = false; }
  /// Drops what is collected.
  void clear();

 private:
  Outcome begin(protocol::Bytes transfer);
  Outcome reject(protocol::Bytes begun, protocol::Bytes transfer);

  ccid::MessageLimits limits_;
  protocol::SecretBytes collected_;  ///< capacity: the whole message
  std::array<std::uint8_t, ccid::kHeaderSize> rejected_{};
  protocol::Bytes message_;
  bool skipping_ = false;  ///< the rest of a malformed message
};

}  // namespace vscard::ccid_passthru::usb
