#pragma once

#include "async/deadline_loop.hpp"
#include "async/event.hpp"
#include "chardev/stream.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/decoder.hpp"
#include "protocol/vsc/message.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <deque>
#include <optional>
#include <system_error>

namespace vscard::session {

/// What a conversation drives: one half of VSC. Called on the conversation's executor only; it may
/// call send(), wake() and end() in return.
class VscMachine {
 public:
  VscMachine() = default;
  VscMachine(const VscMachine&) = delete;
  VscMachine& operator=(const VscMachine&) = delete;
  virtual ~VscMachine() = default;

  virtual void receive(protocol::vsc::Message message) = 0;
  /// When expire() is to be called.
  virtual std::optional<protocol::Time> deadline() const = 0;
  virtual void expire() = 0;
};

/// Joins one half of VSC and one stream, for as long as the stream lasts: bytes are decoded and
/// handed over, messages are written whole and in order, deadlines are kept. A peer that does not
/// read makes nothing grow: its own input is not read meanwhile, and after kAnswerTimeout it counts
/// as gone.
class MessageStream {
 public:
  MessageStream(chardev::Stream& stream, VscMachine& machine);

  /// Until the stream ends, fails or sends what is no VSC; or until end(), and what was sent before
  /// is written.
  Awaitable<std::error_code> run();

  void send(const protocol::vsc::Message& message);
  /// The machine's deadline() may have become an earlier one.
  void wake() { deadlines_.wake(); }
  void end(std::error_code reason);

 private:
  Awaitable<std::error_code> read();
  Awaitable<std::error_code> write();
  Awaitable<std::error_code> keep_deadlines();
  void expire();
  std::optional<std::error_code> receive(protocol::Bytes bytes);
  std::optional<protocol::Time> next_deadline() const;

  chardev::Stream& stream_;
  VscMachine& machine_;
  protocol::vsc::Decoder decoder_;

  std::deque<protocol::SecretBytes> outbox_;
  std::size_t outbox_bytes_ = 0;                  ///< with what is being written
  std::optional<protocol::Time> write_deadline_;  ///< while a write is under way
  std::optional<std::error_code> end_;            ///< set by end()
  async::Event outbox_filled_;
  async::Event outbox_drained_;
  async::DeadlineLoop deadlines_;
};

}  // namespace vscard::session
