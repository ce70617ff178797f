#include "chardev/socket_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::chardev {
namespace {

bool is_own_socket(const struct stat& file) {
  return S_ISSOCK(file.st_mode) && file.st_uid == ::geteuid() && file.st_nlink == 1;
}

/// The filter of a hardened service kills a process that asks for what it forbids. So a child asks
/// first, for a file that there is not.
bool may_give_files() {
  if (::prctl(PR_GET_SECCOMP) == 0) return true;
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_DUMPABLE, 0);  // its end is not a crash to be recorded
    constexpr auto kLeft = SocketAccess::kLeft;
    ::_exit(::fchownat(-1, "", kLeft, kLeft, AT_EMPTY_PATH) == 0 ? 0 : 1);
  }
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return child > 0 && WIFEXITED(status);
}

/// By descriptor. What is right already is left alone: a service may not be allowed to ask.
bool give_owner(int file, const struct stat& found, const SocketAccess& access) {
  const bool user = access.user == SocketAccess::kLeft || access.user == found.st_uid;
  const bool group = access.group == SocketAccess::kLeft || access.group == found.st_gid;
  if (user && group) return true;
  if (may_give_files()) {
    return ::fchownat(file, "", access.user, access.group, AT_EMPTY_PATH) == 0;
  }
  errno = EPERM;
  return false;
}

bool give_mode(int file, const struct stat& found, const SocketAccess& access) {
  if ((found.st_mode & kAccessMode) == access.mode) return true;
  const std::string name = "/proc/self/fd/" + std::to_string(file);
  return ::chmod(name.c_str(), access.mode) == 0;
}

bool same(const struct stat& one, const struct stat& other) {
  return one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

}  // namespace

Result<SocketFile> SocketFile::at(const std::string& path) {
  const std::filesystem::path file(path);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  Descriptor held(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (held.number() < 0) return std::unexpected(std::system_category().message(errno));
  return SocketFile(std::move(held), file.filename());
}

std::optional<struct stat> SocketFile::look() const {
  struct stat found{};
  if (::fstatat(folder_.number(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return {};
  return found;
}

void SocketFile::remove_stale(const std::function<bool()>& nobody_listens) const {
  const auto found = look();
  if (found && S_ISSOCK(found->st_mode) && nobody_listens()) remove(*found);
}

Result<> SocketFile::give(const SocketAccess& access) {
  const std::unexpected replaced(Failure("another user replaced the socket file"));
  const auto bound = look();
  if (!bound || !is_own_socket(*bound)) return replaced;
  made_ = bound;
  const Descriptor file(::openat(folder_.number(), name_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat opened{};
  if (file.number() < 0 || ::fstat(file.number(), &opened) != 0) return failure();
  if (!same(opened, *bound) || !is_own_socket(opened)) return replaced;
  if (!give_owner(file.number(), opened, access)) {
    return failure("this process may not give the socket to user= or group=: ");
  }
  if (!give_mode(file.number(), opened, access)) return failure();
  return {};
}

/// Without the file; the reason is in errno.
std::unexpected<Failure> SocketFile::failure(const std::string& what) {
  const int cause = errno;
  remove();
  return std::unexpected(Failure{what + std::system_category().message(cause)});
}

void SocketFile::remove() {
  if (made_) remove(*made_);
  made_.reset();
}

void SocketFile::remove(const struct stat& file) const {
  const auto now = look();
  if (now && same(*now, file)) ::unlinkat(folder_.number(), name_.c_str(), 0);
}

}  // namespace vscard::chardev
