#include "program/default_control.hpp"

#include "program/control_server.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;

/// Nobody else can put anything there. A link is not a folder: its target may be changed.
bool is_own_folder(const fs::path& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
         found.st_uid == ::geteuid() && (found.st_mode & kOthersWrite) == 0;
}

}  // namespace

Result<std::string> default_control(std::string_view program, std::string_view folder) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe): never set
  if (runtime == nullptr) return std::unexpected("XDG_RUNTIME_DIR is not set");
  if (!is_own_folder(runtime)) {
    return std::unexpected("XDG_RUNTIME_DIR is '" + std::string(runtime) +
                           "', which is not a folder of this user's alone");
  }
  const fs::path socket = fs::path(runtime) / folder / (std::string(program) + ".sock");
  // What an address cannot hold, as a comma, is seen when it is read again.
  const std::string address = "unix:" + socket.string();
  const auto parsed = parse_control_address(address);
  if (parsed && parsed->location == socket.string()) return address;
  return std::unexpected("XDG_RUNTIME_DIR is too long for a socket, or has a comma: " +
                         std::string(runtime));
}

Result<> make_folder_of(const std::string& address) {
  const auto parsed = parse_control_address(address);
  if (!parsed) return std::unexpected(parsed.error());
  const fs::path folder = fs::path(parsed->location).parent_path();
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return std::unexpected("cannot make the folder " + folder.string() + ": " +
                           std::system_category().message(errno));
  }
  if (is_own_folder(folder)) return {};
  return std::unexpected(folder.string() + " is not a folder of this user's alone");
}

}  // namespace vscard::program
