#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/transport.hpp"
#include "program/command_table.hpp"
#include "protocol/failure.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace vscard::program {

struct ControlLimits {
  std::size_t connections = 16;  ///< at a time
  /// With a client's command, then with the command's end, then with a client that reads.
  protocol::Duration patience = std::chrono::seconds(10);
};

/// Where a program may listen for commands: "unix:PATH", a file that only some users may open,
/// since whoever connects can end the program. The error is a line for the user.
Result<chardev::Address> parse_control_address(const std::string& text);

/// Serves the commands of a table on a control socket. Whom it turns away it tells why, in the form
/// of an answer. Lines that go on may take as long as they like.
class ControlServer {
 public:
  /// `commands` outlives what the executor runs.
  ControlServer(asio::any_io_executor executor, const CommandTable& commands,
                ControlLimits limits = {});
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

  /// `address` is for parse_control_address(). The error is a line for the user.
  Result<> open(const std::string& address);
  /// Where it listens.
  std::string address() const { return listener_->address(); }
  /// Ends the listening and every connection.
  void close();

 private:
  struct State;
  static Awaitable<void> accept(std::shared_ptr<State> state,
                                std::shared_ptr<chardev::Listener> listener);
  static void turn_away(chardev::Stream& stream, const ControlLimits& limits);
  static Awaitable<void> serve(std::shared_ptr<State> state,
                               std::shared_ptr<chardev::Stream> stream);

  asio::any_io_executor executor_;
  std::shared_ptr<State> state_;  ///< shared with the coroutines, which may outlive this object
  std::shared_ptr<chardev::Listener> listener_;
};

}  // namespace vscard::program
