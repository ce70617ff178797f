#pragma once

#include "chardev/descriptor.hpp"
#include "chardev/socket_stream.hpp"
#include "session/stream_loop.hpp"

#include <functional>
#include <sys/types.h>

namespace vscard::pcsc_bridge::serve {

/// A PC/SC program's connection.
class ProgramLink final : private session::StreamMachine {
 public:
  /// `receive` is given what comes.
  ProgramLink(const asio::any_io_executor& executor, chardev::Descriptor socket,
              std::function<void(protocol::Bytes)> receive);

  /// Until the program has gone, or end().
  Awaitable<std::error_code> run() { return loop_.run(); }
  void send(const protocol::SecretBytes& bytes) { loop_.send(bytes.view()); }
  /// When what was sent has been written.
  void end(std::error_code reason) { loop_.end(reason); }

 private:
  std::optional<std::error_code> receive(protocol::Bytes bytes) override;
  bool in_message() const override { return false; }
  std::optional<protocol::Time> deadline() const override { return std::nullopt; }
  void expire() override {}

  chardev::SocketStream stream_;
  std::function<void(protocol::Bytes)> receive_;
  session::StreamLoop loop_;
};

}  // namespace vscard::pcsc_bridge::serve
