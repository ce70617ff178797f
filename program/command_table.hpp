#pragma once

#include "async/awaitable.hpp"
#include "program/watchers.hpp"
#include "program/words.hpp"
#include "protocol/failure.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vscard::program {

/// What a command gives: a text without a newline at its end, or lines that go on.
using Answer = std::variant<std::string, Lines>;

/// A command for a running program.
struct Command {
  // What it does with its arguments: at once, when something is done, or line by line from now on.
  using Now = std::function<Result<std::string>(const Words& arguments)>;
  using Later = std::function<Awaitable<Result<std::string>>(Words arguments)>;
  using Streaming = std::function<Result<Lines>(const Words& arguments)>;

  std::string name;
  /// Its arguments, for help and for a check of their number: "NAME", "[CARD]", "[--json]",
  /// "[A]...". One that may be left out stands in brackets, and one with dashes is written as it
  /// is.
  std::string usage;
  std::string text;  ///< what it does; may have several lines
  std::variant<Now, Later, Streaming> run;
  std::string alias = {};  ///< another name, which help does not list
};

/// The commands of a program, as the control socket and a console have them.
class CommandTable {
 public:
  /// `notes` end the help.
  explicit CommandTable(std::vector<Command> commands, std::string notes = "");

  /// `words` are the name of a command and its arguments. Nothing does nothing; "help" is help().
  /// The error is a line for the user. The table outlives the run.
  Awaitable<Result<Answer>> run(Words words) const;
  /// All commands with their usages and texts.
  std::string help() const;

 private:
  const Command* find(std::string_view name) const;

  std::vector<Command> commands_;
  std::string notes_;
};

}  // namespace vscard::program
