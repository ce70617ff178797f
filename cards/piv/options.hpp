#pragma once

#include "protocol/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace vscard::cards::piv {

/// Who has the folder of a card.
enum class Use : std::uint8_t {
  Alone,   ///< one program at a time
  Shared,  ///< whoever comes while another has it gets a copy, which lasts as long as its program
};

/// What --card piv says.
struct Options {
  std::optional<std::filesystem::path> folder;  ///< none: the user's own card
  Use use = Use::Alone;
};

/// Where the card is kept. The error is a line for the user.
Result<std::filesystem::path> folder_of(const Options& options);

}  // namespace vscard::cards::piv
