#pragma once

#include "protocol/vsc/decoder.hpp"
#include "protocol/vsc/message.hpp"
#include "session/stream_loop.hpp"

#include <optional>
#include <system_error>
#include <utility>

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

/// Joins one half of VSC and one stream, for as long as the stream lasts, as StreamLoop has it.
class MessageStream final : private StreamMachine {
 public:
  MessageStream(chardev::Stream& stream, VscMachine& machine)
      : machine_(machine), loop_(stream, *this) {}

  /// Until the stream ends, fails or sends what is no VSC; or until end(), and what was sent before
  /// is written.
  Awaitable<std::error_code> run() { return loop_.run(); }

  /// Whole messages, valid during the call.
  void send(protocol::Bytes messages) { loop_.send(messages); }
  /// The machine's deadline() may have become an earlier one.
  void wake() { loop_.wake(); }
  void end(std::error_code reason) { loop_.end(reason); }

 private:
  std::optional<std::error_code> receive(protocol::Bytes bytes) override;
  bool in_message() const override { return decoder_.in_message(); }
  std::optional<protocol::Time> deadline() const override { return machine_.deadline(); }
  void expire() override { machine_.expire(); }

  VscMachine& machine_;
  protocol::vsc::Decoder decoder_;
  StreamLoop loop_;
};

}  // namespace vscard::session
