#pragma once

#include "protocol/iso7816/apdu.hpp"
#include "protocol/secret.hpp"

#include <cstring>
#include <span>

namespace vscard::cards {

/// Where a C library puts a response: room for the longest, made once, of which only what a
/// response has used is wiped. To make and wipe the room each time costs more than a short command.
class ResponseBuffer {
 public:
  /// All of it is zero. The call that writes there is followed by take() or wipe().
  std::span<std::uint8_t> room() {
    if (bytes_.empty()) bytes_ = protocol::SecretBytes::zeros(protocol::iso7816::kMaxResponseApdu);
    return bytes_.data();
  }

  /// The first `size` bytes, at most those of the room, out of it.
  protocol::SecretBytes take(std::size_t size) {
    const auto used = room().first(size);
    auto response = protocol::SecretBytes::copy_of(used);
    ::explicit_bzero(used.data(), used.size());
    return response;
  }

  /// After a call that failed, and may have written anything.
  void wipe() { take(room().size()); }

 private:
  protocol::SecretBytes bytes_;
};

}  // namespace vscard::cards
