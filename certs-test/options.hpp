#pragma once

#include "certs-test/soft_cards.hpp"
#include "program/log.hpp"

#include <expected>

namespace vscard::certs_test {

struct CommandLine {
  SoftCardOptions cards;
  log::Level level = log::Level::Info;
};

/// On the left what to do; on the right the exit status when there is nothing more to do: help and
/// version were printed (0), a PIN file could not be used (1), the command line is wrong (2).
std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace vscard::certs_test
