#pragma once

#include "protocol/failure.hpp"

#include <string>
#include <string_view>

/// The control socket of a program that nobody gave an address, so that `ctl` and `status` of the
/// same user need none either.
namespace vscard::program {

/// unix:$XDG_RUNTIME_DIR/FOLDER/PROGRAM.sock. The error, for the user: that variable is not set, or
/// does not name a folder of this user's alone, as after su.
Result<std::string> default_control(std::string_view program, std::string_view folder = "vscard");

/// Makes the folder of such an address, for this user alone. The error is a line for the user.
Result<> make_folder_of(const std::string& address);

}  // namespace vscard::program
