#pragma once

#include "protocol/failure.hpp"

#include <filesystem>

namespace vscard::program {

/// Where the state of a user is kept (XDG Base Directory Specification): $XDG_STATE_HOME/vscard,
/// else ~/.local/state/vscard. Nothing is made. The error says what is missing.
Result<std::filesystem::path> state_folder();

/// Makes a folder and those above it; the folder itself, when it is new, for this user alone. The
/// error is a line for the user.
Result<> make_private_folder(const std::filesystem::path& folder);

}  // namespace vscard::program
