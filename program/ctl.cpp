#include "program/ctl.hpp"

#include "program/control_client.hpp"
#include "program/control_server.hpp"
#include "program/default_control.hpp"
#include "program/log.hpp"
#include "program/process.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace vscard::program {
namespace {

constexpr const char* kUsage =
    "Sends a command to a running vscard program and prints its answer.\n"
    "Usage: {0} ctl [--control ADDRESS] COMMAND [ARGUMENT]...\n"
    "\n"
    "ADDRESS is the --control address of the running program, for example "
    "unix:/run/vscard/ctl.sock;\n"
    "without it, the environment variable VSCARD_CONTROL is used, or else\n"
    "unix:$XDG_RUNTIME_DIR/vscard/{0}.sock, where a program without --control listens.\n"
    "\n"
    "Commands:\n"
    "{1}\n";
constexpr const char* kStatusUsage =
    "Shows what a running {0} serves, to whom, and what is missing.\n"
    "Usage: {0} status [--control ADDRESS]\n"
    "\n"
    "ADDRESS is as for {0} ctl, which has the same as a command.\n";

/// Nobody has asked for this address, so an answer names it and says what else there is.
Failure nobody_there(const std::string& program, const std::string& address) {
  return "no " + program + " listens at " + address +
         ", where it does without --control; start one, or name the socket of a running one with "
         "--control unix:PATH";
}

bool is_missing(const std::string& address) {
  const auto parsed = parse_control_address(address);
  struct stat found{};
  return parsed && ::stat(parsed->location.c_str(), &found) != 0 && errno == ENOENT;
}

/// At once, for a pipe may be read line by line. Nobody reads: that is the end.
void print_line(std::string_view line) {
  fmt::print("{}\n", line);
  if (std::fflush(stdout) == 0) return;
  throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
}

/// What the running program cannot know: whether a person reads its lines on a terminal.
void ask_for_colours(Words& words) {
  const char* refused = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): no thread
  const bool wanted = refused == nullptr || *refused == '\0';
  if (words == Words{"trace"} && wanted && ::isatty(STDOUT_FILENO) != 0) {
    words.emplace_back("--color");
  }
}

int wrong(const std::string& text) {
  log::error("{}", text);
  return kWrongCommandLine;
}

}  // namespace

Result<std::string> address_for(const std::string& program) {
  const char* variable = std::getenv("VSCARD_CONTROL");  // NOLINT(concurrency-mt-unsafe): no thread
  if (variable == nullptr) return default_control(program);
  if (*variable == '\0') return std::unexpected("VSCARD_CONTROL is empty");
  return variable;
}

int ctl_main(const std::string& program, const std::string& commands, const Words& arguments) {
  Words words = arguments;
  Result<std::string> address = address_for(program);
  const bool named = words.size() >= 2 && words[0] == "--control";
  if (named) {
    address = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  const bool help = words == Words{"help"};
  if (words == Words{"--help"} || words == Words{"-h"} || (help && !address)) {
    fmt::print(kUsage, program, commands);
    return 0;
  }
  if (words.empty() || words[0].starts_with("-")) {
    return wrong("usage: ctl [--control ADDRESS] COMMAND…; ctl help lists the commands");
  }
  if (!address) {
    return wrong("there is no default control socket: " + address.error().text +
                 "; name the socket of the running " + program +
                 " with --control unix:PATH or in VSCARD_CONTROL");
  }
  ask_for_colours(words);
  Result<> ended = follow_blocking(*address, words, print_line);
  if (ended) return 0;
  if (help) {  // nobody is there, and this is what there is to say
    fmt::print(kUsage, program, commands);
    return 0;
  }
  if (!named && address == default_control(program) && is_missing(*address)) {
    ended = std::unexpected(nobody_there(program, *address));
  }
  log::error("{}", ended.error().text);
  return kFailed;
}

int status_main(const std::string& program, const Words& arguments) {
  if (arguments == Words{"--help"} || arguments == Words{"-h"}) {
    fmt::print(kStatusUsage, program);
    return 0;
  }
  if (!arguments.empty() && (arguments.size() != 2 || arguments[0] != "--control")) {
    return wrong("usage: status [--control ADDRESS]");
  }
  Words words = arguments;
  words.emplace_back("status");
  return ctl_main(program, "", words);
}

}  // namespace vscard::program
