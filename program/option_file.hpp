#pragma once

#include "program/words.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace vscard::program {

inline constexpr std::string_view kConfigOption = "--config";

/// Is there an option of this name, "--vsc"?
using IsOption = std::function<bool(const std::string& name)>;

// The errors are lines for the user.

/// The words of a command line that a file stands for, vscard.conf(5): "--name=value" for a line
/// "name = value", and "--name" for a line "name". It has at most 64 KiB.
Result<Words> read_option_file(const std::filesystem::path& file, const IsOption& is_option);

/// The words with those of the file in the place of "--config FILE", which may stand there once.
Result<Words> with_option_file(const Words& words, const IsOption& is_option);

}  // namespace vscard::program
