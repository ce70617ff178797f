#pragma once

#include "chardev/spice/message.hpp"

#include <system_error>
#include <vector>

namespace vscard::chardev::spice {

/// What channels that carry a device of the virtual machine say, each way; other messages of theirs
/// have other numbers.
inline constexpr ServerMessage kServerData{101};
inline constexpr ClientMessage kClientData{101};

/// Makes such a channel look like a byte stream, without I/O.
class Translator {
 public:
  using Pieces = std::vector<protocol::SecretBytes>;

  Translator() = default;
  Translator(const Translator&) = delete;
  Translator& operator=(const Translator&) = delete;
  virtual ~Translator() = default;

  // An error ends the channel.

  /// What our side wrote, split anywhere.
  virtual std::error_code from_client(Bytes bytes) = 0;
  /// A message of the channel's own.
  virtual std::error_code from_server(const Message& message) = 0;

  /// Bytes for our side to read, each piece with at least one.
  virtual Pieces take_for_client() = 0;
  /// Bodies of kClientData.
  virtual Pieces take_for_server() = 0;
};

}  // namespace vscard::chardev::spice
