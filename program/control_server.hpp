#pragma once

#include "chardev/transport.hpp"
#include "program/command_table.hpp"
#include "protocol/failure.hpp"

#include <memory>
#include <string>

namespace vscard::program {

/// Serves the commands of a table on a control socket, at most kMaxConnections at a time. A
/// connection has some seconds for its command and the answer, but for lines that go on as long as
/// it likes.
class ControlServer {
 public:
  /// `commands` outlives what the executor runs.
  ControlServer(asio::any_io_executor executor, const CommandTable& commands);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

  /// `address` is "unix:PATH" or another local one. The error is a line for the user.
  Result<> open(const std::string& address);
  /// Where it listens.
  std::string address() const { return listener_->address(); }
  /// Ends the listening and every connection.
  void close();

 private:
  struct State;
  static Awaitable<void> accept(std::shared_ptr<State> state,
                                std::shared_ptr<chardev::Listener> listener);
  static Awaitable<void> serve(std::shared_ptr<State> state,
                               std::shared_ptr<chardev::Stream> stream);

  asio::any_io_executor executor_;
  std::shared_ptr<State> state_;  ///< shared with the coroutines, which may outlive this object
  std::shared_ptr<chardev::Listener> listener_;
};

}  // namespace vscard::program
