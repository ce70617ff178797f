#pragma once

#include "chardev/access.hpp"
#include "program/command_line.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace vscard::capture {

inline constexpr std::uint64_t kMinMaxSize = std::uint64_t{4} << 10;  ///< bytes
inline constexpr std::uint64_t kMaxMaxSize = std::uint64_t{1} << 40;  ///< bytes
inline constexpr std::size_t kMaxFiles = 1000;

/// What --capture says.
struct Spec {
  std::filesystem::path file;
  std::uint64_t max_size = 0;  ///< bytes of a file; 0: there is no limit
  std::size_t files = 1;       ///< kept
  bool operator==(const Spec&) const = default;
};

/// "FILE[,max-size=100M][,files=5]". A size has K, M, G or no letter behind it. Of files with a
/// largest size, two are kept unless it says how many. The error is a line for the user.
Result<Spec> parse_spec(std::string_view text);

/// What of the machine the capture uses.
chardev::Access access_of(const Spec& spec);

/// --capture. `spec` outlives the parser's parse().
void add_capture_option(program::CommandLineParser& parser, std::optional<Spec>& spec);

}  // namespace vscard::capture
