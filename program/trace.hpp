#pragma once

#include "program/command_table.hpp"
#include "program/watchers.hpp"

/// `ctl trace`: what passes, for people. A line for each command and its response:
///
///     12:00:01.000123  soft  GET DATA  certificate 9a, authentication  success  872 bytes  1.2 ms
///     12:00:01.234567  soft  fault sw:6982@ins=87 hits the command 0087079a
namespace vscard::program {

/// `trace [--color]`. `watchers` outlive the command.
Command trace_command(Watchers& watchers);

}  // namespace vscard::program
