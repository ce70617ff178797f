#include "certs-test/staging.hpp"

#include "chardev/write_all.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <ftw.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::certs_test {
namespace {

namespace fs = std::filesystem;

Failure system_error(std::string_view what, const fs::path& path, int error) {
  return {
      fmt::format("cannot {} {}: {}", what, path.string(), std::generic_category().message(error))};
}

/// A name beside `place` that is not taken: a new, empty folder.
Result<fs::path> new_folder_beside(const fs::path& place, std::string_view kind) {
  std::string name =
      place.parent_path() / fmt::format(".{}.{}-XXXXXX", place.filename().string(), kind);
  if (::mkdtemp(name.data()) == nullptr)
    return std::unexpected(system_error("make a folder in", place.parent_path(), errno));
  return fs::path(name);
}

int remove_entry(const char* path, const struct stat* /*what*/, int /*type*/, FTW* /*where*/) {
  ::remove(path);
  return 0;
}

/// Holds one descriptor at a time, whatever the depth: that there are no more may be why it is
/// removed. fs::remove_all() holds one per level, but never follows a link: so it comes first.
void remove_tree(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error)  // NOLINTNEXTLINE(concurrency-mt-unsafe): it only changes folders with FTW_CHDIR
    ::nftw(folder.c_str(), remove_entry, 1, FTW_DEPTH | FTW_PHYS);
}

}  // namespace

Staging::Staging(fs::path place, fs::path path)
    : place_(std::move(place)), path_(std::move(path)) {}

Staging::Staging(Staging&& other) noexcept
    : place_(std::move(other.place_)), path_(std::exchange(other.path_, {})) {}

Staging::~Staging() {
  if (!path_.empty()) remove_tree(path_);  // nobody can act on a leftover hidden folder
}

Result<Staging> Staging::beside(const fs::path& place) {
  // A link is followed, a trailing slash dropped: the place is renamed, not what names it.
  std::error_code error;
  fs::path canonical = fs::absolute(place, error);
  if (!error) canonical = fs::weakly_canonical(canonical, error);
  if (error) return std::unexpected(system_error("find", place, error.value()));
  if (!canonical.has_filename()) canonical = canonical.parent_path();
  auto path = new_folder_beside(canonical, "partial");
  if (!path) return std::unexpected(path.error());
  return Staging(std::move(canonical), std::move(*path));
}

Result<> Staging::publish() {
  if (::rename(path_.c_str(), place_.c_str()) != 0)
    return std::unexpected(system_error("make", place_, errno));
  path_.clear();
  return {};
}

Result<> Staging::replace() {
  auto old = new_folder_beside(place_, "old");
  if (!old) return std::unexpected(old.error());
  if (::rename(place_.c_str(), old->c_str()) != 0) {
    const int error = errno;
    ::rmdir(old->c_str());
    return std::unexpected(system_error("move away", place_, error));
  }
  std::error_code error;
  if (auto published = publish(); !published) {
    fs::rename(*old, place_, error);
    return published;
  }
  fs::remove_all(*old, error);
  if (error) return std::unexpected(system_error("remove what was replaced,", *old, error.value()));
  return {};
}

Result<> make_folder(const fs::path& folder, ::mode_t mode) {
  if (::mkdir(folder.c_str(), mode) != 0)
    return std::unexpected(system_error("make", folder, errno));
  return {};
}

Result<> write_file(const fs::path& file, protocol::Bytes bytes, ::mode_t mode) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return std::unexpected(system_error("make", file, errno));
  int error = chardev::write_all(fd, bytes) && ::fsync(fd) == 0 ? 0 : errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error != 0) return std::unexpected(system_error("write", file, error));
  return {};
}

}  // namespace vscard::certs_test
