#pragma once

#include "program/completion.hpp"
#include "protocol/failure.hpp"
#include "protocol/time.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// How a command line is read. CLI11 does it, in command_line.cpp alone: it costs 30 seconds of the
/// compiler's time under the sanitizers for each file that includes it.
namespace vscard::program {

/// An option with its value, as they are written: {"--vsc", "listen:unix:/run/card.sock"}.
struct OptionWord {
  std::string option;
  std::string value;
};

/// Where an option's value goes.
using OptionTarget =
    std::variant<bool*,  ///< a flag, without a value: set to true
                 int*, std::size_t*, std::string*, std::filesystem::path*,
                 protocol::Duration*,                           ///< seconds
                 std::vector<std::string>*,                     ///< may be repeated
                 std::vector<OptionWord>*,                      ///< … among others, in order
                 std::function<void()>,                         ///< a flag
                 std::function<Result<>(const std::string&)>>;  ///< its error is about the value

struct Option {
  std::string name;        ///< "--vsc" or "-d"; without a dash, an argument that has its place
  OptionTarget into;       ///< outlives parse()
  std::string text;        ///< what --help has for it
  std::string value = {};  ///< a word for its value: "SECONDS"; default: its type
  std::string shown = {};  ///< the default, as --help shows it
  std::optional<std::string> implied = {};  ///< the value, where the option may stand without one
  std::vector<std::string> choices = {};    ///< if there is any, the value is one of them
  char separator = '\0';                    ///< between several values in a word
  struct Range {
    std::int64_t least;
    std::int64_t most;
  };
  std::optional<Range> range = {};  ///< of a number
  std::string group = {};           ///< a heading in --help
  std::string excludes = {};        ///< an option, added before, that cannot go with it
  bool required = false;
  Complete complete = {};  ///< of its value, for shells
};

class CommandLineParser {
 public:
  /// The texts stand in --help before and after the options. A program that is a subcommand has a
  /// name of two words.
  CommandLineParser(std::string program, std::string description, std::string footer);

  const std::string& program() const { return program_; }
  void add(Option option) { options_.push_back(std::move(option)); }
  /// Another way to start the program, for --help: "vscclient ctl COMMAND".
  void add_usage(std::string usage) { usages_.push_back(std::move(usage)); }
  /// --version, which prints "PROGRAM (vscard) …".
  void add_version_option() { has_version_ = true; }
  /// --config FILE, whose lines take its place, vscard.conf(5).
  void add_config_option();

  /// Sets what the options point to. Answers --complete. The exit status, if that is all there is
  /// to do: help was printed, or a line about what is wrong.
  std::optional<int> parse(int argc, const char* const* argv) const;
  /// What a shell may put in the place of the last word, which may be empty.
  Words candidates(const Words& words) const;
  /// Prints a line about what is wrong with the command line. The exit status.
  int wrong(const Failure& failure) const;

 private:
  /// The words behind the program's name; the error is a line for the user.
  Result<Words> words(int argc, const char* const* argv) const;

  /// Of the option before the last word, or of "--vsc=" at its beginning; nothing where the word is
  /// an option itself.
  std::optional<Words> value_candidates(const Words& words) const;

  std::string program_;
  std::string description_;
  std::string footer_;
  std::vector<Option> options_;
  std::vector<std::string> usages_;
  bool has_version_ = false;
  bool has_config_ = false;
};

}  // namespace vscard::program
