#pragma once

#include "protocol/secret.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace vscard::ccid_passthru::usb {

/// Makes bulk-IN transfers of CCID messages: the other direction of BulkOut.
///
/// A message that is longer than the guest's request goes on in the next one. For the guest a read
/// is over when it is full or when a packet is short. A request that the end of a message fills
/// exactly, in whole packets, may be a part of a larger read that does not know that it is over: so
/// the next request gets nothing, unless the guest has sent a command before.
class BulkIn {
 public:
  /// Messages that wait for the guest: the answers of a command that is pending and of one that was
  /// refused meanwhile, or a time extension in place of the first.
  static constexpr std::size_t kMaxMessages = 2;

  void push_answer(protocol::SecretBytes message);
  void push_time_extension(protocol::SecretBytes message);

  /// What a request for `length` bytes gets; nothing: it waits.
  std::optional<protocol::SecretBytes> take(std::size_t length);

  /// Drops all but the newest message.
  void keep_newest();
  /// Drops the message that was begun, so that the next transfer begins one.
  void realign();
  void clear();

  std::size_t size() const { return messages_.size(); }

 private:
  struct Waiting {
    protocol::SecretBytes message;
    std::size_t sent = 0;
    bool extension = false;
  };
  void drop_extension();

  std::deque<Waiting> messages_;
  bool owes_empty_ = false;
};

}  // namespace vscard::ccid_passthru::usb
