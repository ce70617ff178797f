#include "pcsc-bridge/serve/env.hpp"

#include "pcsc-bridge/serve/options.hpp"
#include "program/command_line.hpp"
#include "program/words.hpp"

#include <fmt/core.h>

#include <filesystem>

namespace vscard::pcsc_bridge::serve {
namespace {

constexpr const char* kEnvDescription =
    "pcsc-bridge env [--socket PATH] [--for WHERE]\n\n"
    "Prints what leads PC/SC programs to pcsc-bridge serve. In a shell: eval \"$(pcsc-bridge "
    "env)\"";

std::string quoted(const std::string& text) { return program::join_words({text}); }

/// Flatpak has its own name for the user's folder in /run, and refuses the path.
std::string flatpak_folder(const std::string& folder, std::string_view run_folder) {
  const bool inside = !run_folder.empty() && folder.starts_with(run_folder) &&
                      folder.substr(run_folder.size()).starts_with('/');
  return inside ? "xdg-run" + folder.substr(run_folder.size()) : folder;
}

}  // namespace

std::expected<EnvOptions, int> parse_env(int argc, const char* const* argv) {
  program::CommandLineParser parser("pcsc-bridge env", kEnvDescription, "");
  EnvOptions options;
  std::string socket;
  parser.add({.name = "--socket",
              .into = &socket,
              .text = "as given to pcsc-bridge serve",
              .value = "PATH",
              .shown = kUsualSocket});
  parser.add({.name = "--for",
              .into = &options.where,
              .text = "a shell, arguments of docker run or podman run, a Dockerfile, Flatpak",
              .value = "WHERE",
              .shown = options.where,
              .choices = {"shell", "docker", "dockerfile", "flatpak"}});
  if (const auto status = parser.parse(argc, argv)) return std::unexpected(*status);
  const auto address = parse_socket(socket);
  if (!address) return std::unexpected(parser.wrong(address.error()));
  options.socket = std::filesystem::absolute(address->location).lexically_normal().string();
  return options;
}

std::string env_line(const EnvOptions& options, std::string_view run_folder) {
  const std::string set = "PCSCLITE_CSOCK_NAME=" + quoted(options.socket);
  const std::string folder = std::filesystem::path(options.socket).parent_path().string();
  // The folder, since a service that starts anew makes a new socket; to be read, since who writes
  // there can put another socket in its place.
  if (options.where == "docker") {
    return fmt::format("-v {} -e {}", quoted(folder + ":" + folder + ":ro"), set);
  }
  if (options.where == "dockerfile") return "ENV " + set;
  if (options.where == "flatpak") {
    return fmt::format("flatpak override --user --filesystem={} --env={}",
                       quoted(flatpak_folder(folder, run_folder) + ":ro"), set);
  }
  return "export " + set;
}

}  // namespace vscard::pcsc_bridge::serve
