#include "program/ctl.hpp"

#include "program/control_client.hpp"
#include "program/log.hpp"
#include "program/process.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace vscard::program {
namespace {

constexpr const char* kUsage =
    "Sends a command to a running vscard program and prints its answer.\n"
    "Usage: {} ctl [--control ADDRESS] COMMAND [ARGUMENT]...\n"
    "\n"
    "ADDRESS is the --control address of the running program, for example "
    "unix:/run/vscard/ctl.sock;\n"
    "without it, the environment variable VSCARD_CONTROL is used.\n"
    "\n"
    "Commands:\n"
    "{}\n";

std::string default_address() {
  const char* variable = std::getenv("VSCARD_CONTROL");  // NOLINT(concurrency-mt-unsafe): no thread
  return variable == nullptr ? "" : variable;
}

/// At once, for a pipe may be read line by line. Nobody reads: that is the end.
void print_line(std::string_view line) {
  fmt::print("{}\n", line);
  if (std::fflush(stdout) == 0) return;
  throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
}

int wrong(const char* text) {
  log::error("{}", text);
  return kWrongCommandLine;
}

}  // namespace

int ctl_main(const std::string& program, const std::string& commands, const Words& arguments) {
  Words words = arguments;
  std::string address = default_address();
  if (words.size() >= 2 && words[0] == "--control") {
    address = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  const bool help = words == Words{"help"};
  if (words == Words{"--help"} || words == Words{"-h"} || (help && address.empty())) {
    fmt::print(kUsage, program, commands);
    return 0;
  }
  if (words.empty() || words[0].starts_with("-")) {
    return wrong("usage: ctl [--control ADDRESS] COMMAND…; ctl help lists the commands");
  }
  if (address.empty()) {
    return wrong(
        "which program? Give its control socket with --control unix:PATH or VSCARD_CONTROL");
  }
  const Result<> ended = follow_blocking(address, words, print_line);
  if (ended) return 0;
  if (help) {  // nobody is there, and this is what there is to say
    fmt::print(kUsage, program, commands);
    return 0;
  }
  log::error("{}", ended.error().text);
  return kFailed;
}

}  // namespace vscard::program
