#include "pcsc-bridge/run/kept_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;

/// How often a folder is removed in which a process that is being killed still writes.
constexpr int kTries = 100;
constexpr const char* kPattern = "pcsc-bridge-XXXXXX";  ///< mkdtemp(3)
constexpr const char* kElsewhere = "/tmp";

void remove(const fs::path& folder) {
  std::error_code failed;
  for (int i = 0; i < kTries && fs::exists(folder, failed); ++i) fs::remove_all(folder, failed);
}

bool short_enough(const fs::path& parent, std::size_t room) {
  return (parent / kPattern).native().size() + room < sizeof(sockaddr_un::sun_path);
}

/// May other users rename what is in it? Its owner may, and without the sticky bit everybody who
/// can write.
bool lets_others_rename(const fs::path& folder) {
  struct stat found{};
  if (::lstat(folder.c_str(), &found) != 0) return true;
  const bool of_another = found.st_uid != ::geteuid() && found.st_uid != 0;
  const bool others_write = (found.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  return of_another || (others_write && (found.st_mode & S_ISVTX) == 0);
}

/// May other users put a service of theirs in the place of what is below it, by another folder of
/// its name or of a parent's? The path has no links.
bool open_to_others(fs::path folder) {
  while (folder.has_relative_path()) {
    if (lets_others_rename(folder)) return true;
    folder = folder.parent_path();
  }
  return lets_others_rename(folder);
}

fs::path choose_parent(std::size_t room) {
  std::error_code failed;
  fs::path named = fs::canonical(fs::temp_directory_path(failed), failed);
  if (failed || !short_enough(named, room) || open_to_others(named)) return kElsewhere;
  return named;
}

}  // namespace

Result<KeptFolder> KeptFolder::make(std::size_t room) {
  std::string path = (choose_parent(room) / kPattern).string();
  if (::mkdtemp(path.data()) == nullptr) {
    return std::unexpected("cannot make the folder " + path + ": " +
                           std::system_category().message(errno));
  }
  auto keeper = Keeper::start([path] { remove(path); });
  if (!keeper) {
    ::rmdir(path.c_str());  // empty; to look into it could need the descriptor that there is not
    return std::unexpected(keeper.error());
  }
  return KeptFolder(path, std::move(*keeper));
}

}  // namespace vscard::pcsc_bridge::run
