#pragma once

#include <filesystem>
#include <optional>

namespace vscard::cards::piv {

/// What --card piv says.
struct Options {
  std::optional<std::filesystem::path> folder;  ///< none: the user's own card
};

}  // namespace vscard::cards::piv
