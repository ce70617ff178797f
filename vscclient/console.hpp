#pragma once

#include "program/command_table.hpp"
#include "vscclient/line_editor.hpp"
#include "vscclient/terminal.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace vscard::vscclient {

/// Commands from standard input, their results on standard output. At a terminal the log's lines
/// appear above the line that is being typed. Its end, a terminal that belongs
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
  bool take(std::string_view read);
  Awaitable<void> run_lines();
  Awaitable<void> answer(std::string line);
  void prompt();
  void begin_keys();
  void end_keys();
  void watch_continuing();

  asio::posix::stream_descriptor input_;
  asio::signal_set continued_;  ///< after Ctrl-Z, and fg
  const program::CommandTable& commands_;
  std::optional<KeyInput> keys_;  ///< at a terminal
  LineEditor editor_;             ///< likewise
  bool prompting_ = false;        ///< a prompt is shown, and what is typed behind it
  std::string text_;              ///< what was read of the next line, at most kMaxLine
};

}  // namespace vscard::vscclient
