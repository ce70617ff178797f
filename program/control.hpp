#pragma once

#include "chardev/transport.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The control socket: a line with a command goes in, "ok" or "error" and its text come back, and
/// the connection is closed.
///
///     > list --json
///     < ok
///     < [{"card": "soft", …}]
namespace vscard::program {

/// The text, or an error's, without a newline at its end.
using CommandResult = Result<std::string>;
using CommandHandler = std::function<CommandResult(const std::vector<std::string>& words)>;
/// One that may have to wait.
using AsyncCommandHandler = std::function<Awaitable<CommandResult>(std::vector<std::string> words)>;

/// A command line in words; a word with blanks stands in single quotes.
std::vector<std::string> split_words(std::string_view line);
std::string join_words(const std::vector<std::string>& words);

/// Serves commands. At most kMaxControlPeers at a time, each with some seconds to say its line.
class ControlServer {
 public:
  ControlServer(asio::any_io_executor executor, AsyncCommandHandler handler);
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

/// Sends one command and gives its result, within some seconds.
Awaitable<CommandResult> ask(std::string address, std::vector<std::string> words);
/// The same for who may block.
CommandResult control(const std::string& address, const std::vector<std::string>& words);

/// `ctl [--control ADDRESS] COMMAND…` of a program: the arguments after "ctl". The exit status.
int control_main(const std::vector<std::string>& arguments);

}  // namespace vscard::program
