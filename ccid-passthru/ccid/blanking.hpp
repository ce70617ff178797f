#pragma once

#include "ccid-passthru/ccid/message.hpp"
#include "protocol/bytes.hpp"
#include "protocol/iso7816/blanking.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vscard::ccid_passthru::ccid {

/// A message that may be kept and shown.
struct BlankedMessage {
  std::vector<std::uint8_t> bytes;  ///< as many as the message has
  bool blanked = false;             ///< zeros stand for something else in it
  bool operator==(const BlankedMessage&) const = default;
};

/// Takes the secrets out of the messages between a guest and a reader. An APDU that is one message
/// is as protocol::iso7816::Blanking has it. Of one in parts, of a message whose length is wrong,
/// of a response that may be that of another command, and of messages that no reader of ours
/// understands, only the header is shown.
class MessageBlanking {
 public:
  BlankedMessage command(protocol::Bytes message);
  BlankedMessage reply(protocol::Bytes message);

 private:
  BlankedMessage transfer(const Command& command, protocol::Bytes message);
  BlankedMessage data_block(protocol::Bytes message, std::size_t transfers);

  protocol::iso7816::Blanking apdus_;
  std::optional<std::uint8_t> powering_;  ///< bSeq of the power on whose answer is to come
  std::size_t transfers_ = 0;             ///< XfrBlocks since the last answer
};

}  // namespace vscard::ccid_passthru::ccid
