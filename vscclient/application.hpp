#pragma once

#include "program/control.hpp"
#include "program/process.hpp"
#include "vscclient/cards/libcacard.hpp"
#include "vscclient/commands.hpp"
#include "vscclient/console.hpp"
#include "vscclient/options.hpp"
#include "vscclient/seat.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::vscclient {

/// The program: the cards and links of a command line, what controls them, and their end.
class Application {
 public:
  explicit Application(CommandLine line);

  /// Until the user or the system says stop, or no link is left. The exit status.
  int run();

 private:
  using Result = std::expected<void, std::string>;

  Result open();
  Result open_cards();
  Result open_seats();
  void start();
  Awaitable<void> run_seat(Seat& seat);
  void on_signal();
  void leave();
  void close();

  CommandLine line_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_};
  std::unique_ptr<cards::Libcacard> cards_;
  std::vector<std::unique_ptr<Seat>> seats_;
  Commands commands_;
  program::ControlServer control_;
  Console console_;
  std::optional<program::PidFile> pid_file_;
  std::size_t running_ = 0;  ///< seats
  bool leaving_ = false;
  bool failed_ = false;
};

}  // namespace vscard::vscclient
