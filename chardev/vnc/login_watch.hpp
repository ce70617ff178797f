#pragma once

#include "chardev/vnc/message.hpp"

#include <cstddef>
#include <optional>

namespace vscard::chardev::vnc {

/// Follows a client's login at a VNC server from between the two, without I/O, and finds out what
/// the client is. The beginning of RFB has one side speak at a time, so the pieces say who:
///
///     while (const auto piece = watch.next()) {
///       read exactly piece->size bytes from piece->from, write them to the other one
///       watch.passed(bytes);
///     }
///
/// What it cannot follow, another version or another way to log in, is a viewer's.
class LoginWatch {
 public:
  enum class Side { Server, Client };
  LoginWatch() = default;
  /// From the client's choice on.
  explicit LoginWatch(Security choice) : step_(after_choice(choice)) {}

  struct Piece {
    Side from;
    std::size_t size;  ///< at most 4096 bytes
    bool operator==(const Piece&) const = default;
  };

  /// Nothing: it is known who the client is.
  std::optional<Piece> next() const;
  void passed(Bytes bytes);
  /// It has logged in, and then announced that it is here for the channel before all else. Nothing
  /// from the server has been passed on since ServerInit.
  bool announced() const { return step_.state == State::Announced; }

 private:
  // Each is left when its piece has passed.
  enum class State {
    ServerVersion,
    ClientVersion,
    TypeCount,
    Types,
    Choice,  ///< of a security type
    Challenge,
    Answer,
    Result,
    ClientInit,
    ServerInit,
    Name,
    MessageType,  ///< of the client's next message
    PixelFormat,
    EncodingCount,
    Encodings,
    Viewer,     ///< to the end
    Announced,  ///< to the end
  };

  struct Step {
    State state;
    std::size_t size = 0;  ///< bytes of its piece
  };

  Side speaker() const;
  Step after(Bytes bytes) const;
  static Step after_choice(Security type);
  static Step after_init(Bytes init);
  static Step begin_message(ClientMessage type);
  static Step list(std::size_t encodings);

  Step step_{.state = State::ServerVersion, .size = kVersionSize};
};

}  // namespace vscard::chardev::vnc
