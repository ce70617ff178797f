#include "chardev/socket_file.hpp"

#include "chardev/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
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

/// Without the socket file; the reason is in errno.
std::unexpected<Failure> failure(const std::string& path, const std::string& what = "") {
  const int cause = errno;
  ::unlink(path.c_str());
  return std::unexpected(Failure{what + std::system_category().message(cause)});
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
  if (!give_owner(file.number(), found, access)) {
    return failure(path, "this process may not give the socket to user= or group=: ");
  }
  if (!give_mode(file.number(), found, access)) return failure(path);
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
