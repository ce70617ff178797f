#include "chardev/socket_file.hpp"

#include "chardev/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::chardev {
namespace {

bool is_own_socket(const struct stat& file) {
  return S_ISSOCK(file.st_mode) && file.st_uid == ::geteuid() && file.st_nlink == 1;
}

/// All by descriptor. What is right already is left alone: a service may not be allowed to ask.
bool give(int file, const struct stat& found, const SocketAccess& access) {
  constexpr auto kLeft = SocketAccess::kLeft;
  const bool owned = access.user == kLeft && access.group == kLeft;
  const bool open = (found.st_mode & kAccessMode) == access.mode;
  const std::string name = "/proc/self/fd/" + std::to_string(file);
  return (owned || ::fchownat(file, "", access.user, access.group, AT_EMPTY_PATH) == 0) &&
         (open || ::chmod(name.c_str(), access.mode) == 0);
}

/// Without the socket file; the reason is in errno.
std::unexpected<Failure> failure(const std::string& path) {
  const int cause = errno;
  ::unlink(path.c_str());
  return std::unexpected(Failure{std::system_category().message(cause)});
}

}  // namespace

Result<> give_socket_file(const std::string& path, const SocketAccess& access) {
  const Descriptor file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat found{};
  const bool there = file.number() >= 0 && ::fstat(file.number(), &found) == 0;
  if (!there && errno != ENOENT) return failure(path);
  if (!there || !is_own_socket(found)) {
    return std::unexpected("another user replaced the socket file");
  }
  if (!give(file.number(), found, access)) return failure(path);
  return {};
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  if (!path_.empty() && ::lstat(path_.c_str(), &made_) != 0) path_.clear();
}

void SocketFile::remove() {
  struct stat now{};
  if (!path_.empty() && ::lstat(path_.c_str(), &now) == 0 && now.st_ino == made_.st_ino &&
      now.st_dev == made_.st_dev) {
    ::unlink(path_.c_str());
  }
  path_.clear();
}

}  // namespace vscard::chardev
