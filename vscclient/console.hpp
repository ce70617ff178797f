#pragma once

#include "program/control.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <expected>
#include <string>

namespace vscard::vscclient {

/// Commands from standard input, their results on standard output. Its end, a terminal that belongs
/// to another job, and what cannot be waited for (a regular file) end the console and nothing else.
class Console {
 public:
  Console(const asio::any_io_executor& executor, program::CommandHandler handler);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  Awaitable<void> run();
  void close();

 private:
  bool read_some();
  void run_lines();

  asio::posix::stream_descriptor input_;
  program::CommandHandler handler_;
  std::string text_;  ///< what was read of the next line, at most kMaxLine
};

}  // namespace vscard::vscclient
