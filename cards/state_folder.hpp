#pragma once

#include "protocol/failure.hpp"

#include <filesystem>
#include <optional>

namespace vscard::cards {

/// Where a user's own cards are kept: $XDG_STATE_HOME/vscard, else below ~/.local/state. Nothing if
/// the environment says neither. Call it before there are threads.
std::optional<std::filesystem::path> state_folder();

/// Makes a folder that is not there, and those above it; it is for its owner alone. The error is a
/// line for the user.
Result<> make_private_folder(const std::filesystem::path& folder);

}  // namespace vscard::cards
