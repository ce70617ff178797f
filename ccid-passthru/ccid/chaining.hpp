#pragma once

#include "ccid-passthru/ccid/message.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <expected>
#include <optional>

/// APDUs that are longer than a message, CCID 1.1 §6.1.4 and §6.2.1. A command of three parts and
/// a response of three:
///
///     guest   XfrBlock 1 | part           DataBlock 10 | (empty)    reader
///             XfrBlock 3 | part           DataBlock 10 | (empty)
///             XfrBlock 2 | part           DataBlock  1 | part
///             XfrBlock 10 | (empty)       DataBlock  3 | part
///             XfrBlock 10 | (empty)       DataBlock  2 | part
namespace vscard::ccid_passthru::ccid {

/// wLevelParameter of XfrBlock, bChainParameter of DataBlock.
enum class Chain : std::uint16_t {
  Whole = 0x00,
  First = 0x01,
  Last = 0x02,
  Middle = 0x03,
  Next = 0x10,  ///< empty: the next part of the other direction's APDU, please
};

/// Collects a command APDU.
class CommandChain {
 public:
  /// Takes a part; `chain` is not Next. First and Whole begin anew. Afterwards the command is
  /// complete unless the part was First or Middle.
  std::expected<void, Error> add(Chain chain, protocol::Bytes part);
  /// The complete command; empty if there is none.
  protocol::SecretBytes take();
  void clear() { command_.reset(); }

 private:
  std::optional<protocol::SecretBytes> command_;
};

/// Gives out a response APDU.
class ResponseChain {
 public:
  struct Part {
    Chain chain{};
    protocol::Bytes bytes;  ///< valid until the next call
  };

  void start(protocol::SecretBytes response);
  bool done() const { return given_ == response_.size(); }
  /// The next `max` bytes or fewer; nothing: all is given.
  std::optional<Part> next(std::size_t max);
  void clear() { start({}); }

 private:
  protocol::SecretBytes response_;
  std::size_t given_ = 0;
};

}  // namespace vscard::ccid_passthru::ccid
