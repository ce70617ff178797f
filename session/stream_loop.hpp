#pragma once

#include "async/deadline_loop.hpp"
#include "async/event.hpp"
#include "chardev/stream.hpp"
#include "protocol/secret.hpp"

#include <deque>
#include <optional>
#include <system_error>

namespace vscard::session {

/// What a stream drives, whatever it speaks. Called on the stream's executor only; it may call
/// send(), wake() and end() in return.
class StreamMachine {
 public:
  StreamMachine() = default;
  StreamMachine(const StreamMachine&) = delete;
  StreamMachine& operator=(const StreamMachine&) = delete;
  virtual ~StreamMachine() = default;

  /// Some bytes have come, which are valid during the call. An error ends the stream.
  virtual std::optional<std::error_code> receive(protocol::Bytes bytes) = 0;
  /// Has part of a message come?
  virtual bool in_message() const = 0;
  /// When expire() is to be called.
  virtual std::optional<protocol::Time> deadline() const = 0;
  virtual void expire() = 0;
};

/// Joins a machine and one stream, for as long as the stream lasts: bytes are handed over, messages
/// are written whole and in order, deadlines are kept. A peer that does not read makes nothing
/// grow: its own input is not read meanwhile, and after kAnswerTimeout it counts as gone.
class StreamLoop {
 public:
  StreamLoop(chardev::Stream& stream, StreamMachine& machine);

  /// Until the stream ends or fails, or the machine gives an error; or until end(), and what was
  /// sent before is written.
  Awaitable<std::error_code> run();

  /// Valid during the call.
  void send(protocol::Bytes message);
  /// The machine's deadline() may have become an earlier one.
  void wake() { deadlines_.wake(); }
  void end(std::error_code reason);
  bool ended() const { return end_.has_value(); }

 private:
  Awaitable<std::error_code> read();
  Awaitable<std::error_code> write();
  Awaitable<std::error_code> keep_deadlines();
  void expire();
  void wipe_stack();
  std::optional<protocol::Time> next_deadline() const;

  chardev::Stream& stream_;
  StreamMachine& machine_;

  std::deque<protocol::SecretBytes> outbox_;
  std::size_t outbox_bytes_ = 0;                  ///< with what is being written
  std::optional<protocol::Time> write_deadline_;  ///< while a write is under way
  std::optional<protocol::Time> wipe_at_;         ///< since messages came: when the stack is wiped
  std::optional<std::error_code> end_;            ///< set by end()
  async::Event outbox_filled_;
  async::Event outbox_drained_;
  async::DeadlineLoop deadlines_;
};

}  // namespace vscard::session
