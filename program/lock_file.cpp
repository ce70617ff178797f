#include "program/lock_file.hpp"

#include "chardev/regular_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;

/// 0, or errno.
int lock(int file, int operation) {
  int locked = -1;
  do {
    locked = ::flock(file, operation);
  } while (locked != 0 && errno == EINTR);
  return locked == 0 ? 0 : errno;
}

/// Whoever had it before may have removed the file that we waited for.
bool is_still_there(const fs::path& path, int file) {
  struct stat named{};
  struct stat taken{};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(file, &taken) == 0 &&
         named.st_dev == taken.st_dev && named.st_ino == taken.st_ino;
}

std::unexpected<Failure> failure(const fs::path& path, const std::string& why) {
  return std::unexpected(Failure{"cannot lock " + path.string() + ": " + why});
}

std::unexpected<Failure> failure(const fs::path& path, int cause) {
  return failure(path, std::system_category().message(cause));
}

Result<chardev::Descriptor> open_file(const fs::path& path) {
  auto file = chardev::open_regular_file(path, O_RDWR | O_CREAT);
  if (!file) return failure(path, file.error().text);
  return file;
}

}  // namespace

Result<LockFile> LockFile::take(const fs::path& path, const std::function<void()>& waiting) {
  bool told = false;
  while (true) {
    auto file = open_file(path);
    if (!file) return std::unexpected(file.error());
    int failed = lock(file->number(), LOCK_EX | LOCK_NB);
    if (failed == EWOULDBLOCK) {
      if (!std::exchange(told, true)) waiting();
      failed = lock(file->number(), LOCK_EX);
    }
    if (failed != 0) return failure(path, failed);
    if (is_still_there(path, file->number())) return LockFile(path, std::move(*file));
  }
}

Result<std::optional<LockFile>> LockFile::take_if_free(const fs::path& path) {
  while (true) {
    auto file = open_file(path);
    if (!file) return std::unexpected(file.error());
    const int failed = lock(file->number(), LOCK_EX | LOCK_NB);
    if (failed == EWOULDBLOCK) return std::nullopt;
    if (failed != 0) return failure(path, failed);
    if (is_still_there(path, file->number())) return LockFile(path, std::move(*file));
  }
}

LockFile::LockFile(LockFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}

LockFile::~LockFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace vscard::program
