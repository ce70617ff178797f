#pragma once

#include "program/words.hpp"
#include "protocol/failure.hpp"

#include <string>

namespace vscard::program {

/// `PROGRAM ctl [--control ADDRESS] COMMAND…`: `arguments` are those after "ctl", and `commands` is
/// the help of the program's own commands, for users who have no running program to ask. Gives the
/// exit status.
int ctl_main(const std::string& program, const std::string& commands, const Words& arguments);

/// The control socket of the running program where nobody names one. The error is for the user.
Result<std::string> address_for(const std::string& program);

/// `PROGRAM status [--control ADDRESS]`, which is `PROGRAM ctl status`.
int status_main(const std::string& program, const Words& arguments);

}  // namespace vscard::program
