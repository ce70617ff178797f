#include "cards/libcacard/memory_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "vscard-cac-";

using Lock = Result<std::optional<program::LockFile>>;

Lock take(const fs::path& folder) { return program::LockFile::take_if_free(folder / "lock"); }

/// Everybody may make folders in the place, and links.
bool is_ours(const fs::path& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
         found.st_uid == ::geteuid();
}

/// What cannot be removed now may be removed the next time.
void remove_left_over(const fs::path& place) {
  std::error_code error;
  for (fs::directory_iterator it(place, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with(kPrefix) || !is_ours(it->path())) continue;
    const Lock lock = take(it->path());
    std::error_code ignored;
    if (lock && *lock) fs::remove_all(it->path(), ignored);
  }
}

}  // namespace

Result<MemoryFolder> MemoryFolder::make(const fs::path& place) {
  remove_left_over(place);
  while (true) {
    std::string name = place / (std::string(kPrefix) + "XXXXXX");
    if (::mkdtemp(name.data()) == nullptr) {
      return std::unexpected("cannot make a folder in " + place.string() + ": " +
                             std::system_category().message(errno));
    }
    auto lock = take(name);
    if (lock && *lock) return MemoryFolder(name, std::move(**lock));
    // Another process took it for a leftover, unless nothing can be written there.
    if (!lock && is_ours(name)) return std::unexpected(lock.error());
  }
}

MemoryFolder::MemoryFolder(MemoryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

MemoryFolder::~MemoryFolder() {
  std::error_code ignored;  // the next one tries again
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace vscard::cards::libcacard
