#pragma once

#include "protocol/failure.hpp"

#include <filesystem>
#include <optional>

namespace vscard::cards::piv {

/// What --card piv says.
struct Options {
  std::optional<std::filesystem::path> folder;  ///< none: the user's own card
};

/// Absolute. Nothing is made; the failure is a line for the user.
Result<std::filesystem::path> folder_of(const Options& options);

}  // namespace vscard::cards::piv
