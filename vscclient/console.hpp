#pragma once

#include "program/command_table.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <string>

namespace vscard::vscclient {

/// Commands from standard input, their results on standard output. Its end, a terminal that belongs
/// to another job, and what cannot be waited for (a regular file) end the console and nothing else.
class Console {
 public:
  /// `commands` outlives the console.
  Console(const asio::any_io_executor& executor, const program::CommandTable& commands);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  Awaitable<void> run();
  void close();

 private:
  bool read_some();
  Awaitable<void> run_lines();

  asio::posix::stream_descriptor input_;
  const program::CommandTable& commands_;
  std::string text_;  ///< what was read of the next line, at most kMaxLine
};

}  // namespace vscard::vscclient
