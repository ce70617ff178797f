#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace vscard::pcsc_bridge::serve {

/// `pcsc-bridge env`
struct EnvOptions {
  std::string socket;           ///< a path
  std::string where = "shell";  ///< or "docker", "dockerfile", "flatpak"
};

/// The error is the exit status: help was shown, or a line told what is wrong.
std::expected<EnvOptions, int> parse_env(int argc, const char* const* argv);

/// The line that leads programs to the socket. `run_folder` is $XDG_RUNTIME_DIR, or empty.
std::string env_line(const EnvOptions& options, std::string_view run_folder);

}  // namespace vscard::pcsc_bridge::serve
