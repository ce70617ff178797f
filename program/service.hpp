#pragma once

#include "program/control_server.hpp"
#include "program/options.hpp"
#include "program/process.hpp"
#include "protocol/failure.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <optional>

namespace vscard::program {

/// A program that runs until it is told to stop, as its surroundings see it: the control socket,
/// the pid file, readiness, and the signals that end it.
class Service {
 public:
  /// `commands` and `watchers` are those of the control socket; they outlive the service. `leave`
  /// is called once, to end what the program does.
  Service(asio::io_context& io, const CommandTable& commands, Watchers& watchers,
          std::function<void()> leave);

  /// The sandbox begins, as far as it has to before there are other threads. It lets through what
  /// `options` say.
  static void confine(const ServiceOptions& options);
  /// Control socket and pid file: after all else is open, for this is what readiness means. The
  /// rest of the sandbox begins. The error is a line for the user.
  Result<> open(const ServiceOptions& options);
  /// From now on signals end the program: the first asks it to leave, the second does not wait.
  void start();
  /// As the first signal does; does nothing the second time.
  void leave();
  bool leaving() const { return leaving_; }
  /// After the io_context has stopped: watchers get what they can take at once, then all ends.
  void close();

 private:
  Result<> open_control(const ServiceOptions& options);
  Result<> open_default_control(const Result<std::string>& address);
  void on_signal();

  asio::io_context& io_;
  Watchers& watchers_;
  std::function<void()> leave_;
  asio::signal_set signals_;
  ControlServer control_;
  std::optional<PidFile> pid_file_;
  bool leaving_ = false;
};

}  // namespace vscard::program
