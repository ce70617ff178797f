#include "program/state_folder.hpp"

#include <cstdlib>
#include <optional>
#include <pwd.h>
#include <system_error>
#include <unistd.h>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;

/// An absolute path in the environment; the XDG specification ignores others.
std::optional<fs::path> path_in(const char* variable) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): before any thread
  if (text == nullptr || text[0] != '/') return std::nullopt;
  return fs::path(text);
}

std::optional<fs::path> home() {
  if (const auto path = path_in("HOME")) return path;
  const passwd* user = ::getpwuid(::getuid());  // NOLINT(concurrency-mt-unsafe): likewise
  if (user == nullptr || user->pw_dir == nullptr || user->pw_dir[0] != '/') return std::nullopt;
  return fs::path(user->pw_dir);
}

}  // namespace

Result<fs::path> state_folder() {
  if (const auto state = path_in("XDG_STATE_HOME")) return *state / "vscard";
  if (const auto user = home()) return *user / ".local" / "state" / "vscard";
  return std::unexpected("neither XDG_STATE_HOME nor HOME is set");
}

Result<> make_private_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::create_directories(folder, error)) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  if (!error) return {};
  return std::unexpected("cannot make the folder " + folder.string() + ": " + error.message());
}

}  // namespace vscard::program
