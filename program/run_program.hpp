#pragma once

#include <functional>
#include <string_view>

namespace vscard::program {

/// What main() of every program is: starts the log, and gives the exit status of `work`. An
/// exception that nobody expects, as without memory or descriptors, is a line and status 1. Signals
/// of writes that fail (SIGPIPE, SIGXFSZ) do not end the program, and the programs it starts get
/// the default back.
int run_program(std::string_view program, const std::function<int()>& work);

}  // namespace vscard::program
