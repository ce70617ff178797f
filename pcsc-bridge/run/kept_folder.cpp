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

/// May other users rename what is in it, and so put a service of theirs in its place? Its owner
/// may, and without the sticky bit everybody who can write.
bool open_to_others(const fs::path& parent) {
  struct stat found{};
  if (::stat(parent.c_str(), &found) != 0) return true;
  const bool of_another = found.st_uid != ::geteuid() && found.st_uid != 0;
  return of_another || (found.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH;
}

fs::path choose_parent(std::size_t room) {
  std::error_code failed;
  fs::path named = fs::absolute(fs::temp_directory_path(failed), failed);
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
    remove(path);
    return std::unexpected(keeper.error());
  }
  return KeptFolder(path, std::move(*keeper));
}

}  // namespace vscard::pcsc_bridge::run
