#pragma once

#include "protocol/secret.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace vscard::usb {

/// Makes bulk-IN transfers of CCID messages: the other direction of BulkOut.
///
/// A message that is longer than the host's request goes on in the next one. A request is over for
/// the host when it is full or when a packet is short; one that the end of a message fills exactly,
/// in whole packets, may be a part of a larger read that does not know that it is over. So the next
/// request is then answered with nothing, unless the host has sent a command before.
class BulkIn {
 public:
  /// Messages that wait for the host: two answers and a time extension.
  static constexpr std::size_t kMaxMessages = 3;

  enum class Kind { Answer, TimeExtension };
  void push(protocol::SecretBytes message, Kind kind);
  /// The host has sent a command: what it has not read before is not wanted any more.
  void overtake() { clear(); }
  /// ... apart from the newest message.
  void keep_newest();
  /// Drops what was begun: the next transfer begins a message.
  void realign();
  void clear();

  /// What a request for `length` bytes gets; nothing: it waits.
  std::optional<protocol::SecretBytes> take(std::size_t length);
  bool empty() const { return messages_.empty() && !owes_empty_; }

 private:
  struct Waiting {
    protocol::SecretBytes message;
    std::size_t sent = 0;
    Kind kind = Kind::Answer;
  };
  std::deque<Waiting> messages_;
  bool owes_empty_ = false;
};

}  // namespace vscard::usb
