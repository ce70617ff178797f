#pragma once

#include "program/control.hpp"
#include "program/options.hpp"
#include "program/process.hpp"
#include "protocol/failure.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <expected>
#include <functional>
#include <optional>
#include <string>

namespace vscard::program {

/// A program that runs until it is told to stop, as its surroundings see it: the control socket,
/// the pid file, readiness, and the signals that end it.
class Service {
 public:
  /// `handler` serves the control socket. `leave` is called once, to end what the program does.
  Service(asio::io_context& io, CommandHandler handler, std::function<void()> leave);

  /// Control socket and pid file: after all else is open, for this is what readiness means. The
  /// error is a line for the user.
  Result<> open(const ServiceOptions& options);
  /// From now on signals end the program: the first asks it to leave, the second does not wait.
  void start();
  /// As the first signal does; does nothing the second time.
  void leave();
  bool leaving() const { return leaving_; }
  void close();

 private:
  void on_signal();

  asio::io_context& io_;
  CommandHandler handler_;
  std::function<void()> leave_;
  asio::signal_set signals_;
  ControlServer control_;
  std::optional<PidFile> pid_file_;
  bool leaving_ = false;
};

}  // namespace vscard::program
