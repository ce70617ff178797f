#include "pcsc-bridge/run/private_run.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace vscard::pcsc_bridge::run {
namespace {

Result<> outcome(bool done, const std::string& call) {
  if (done) return {};
  return std::unexpected(call + ": " + std::system_category().message(errno));
}

Result<> write_to(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool done =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const Result<> result = outcome(done, path);
  if (file >= 0) ::close(file);
  return result;
}

/// A user namespace in which the caller is root, and a mount namespace (user_namespaces(7)).
Result<> become_root_of_a_namespace() {
  const std::string uid = std::to_string(::geteuid());
  const std::string gid = std::to_string(::getegid());
  // Else the files are root's (program::keep_memory_private). This child becomes pcscd, whose cards
  // are other processes': there is nothing in it to keep private.
  ::prctl(PR_SET_DUMPABLE, 1);
  Result<> result = outcome(::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0, "unshare");
  if (result) result = write_to("/proc/self/setgroups", "deny");
  if (result) result = write_to("/proc/self/uid_map", "0 " + uid + " 1\n");
  if (result) result = write_to("/proc/self/gid_map", "0 " + gid + " 1\n");
  return result;
}

Result<> bind(const std::filesystem::path& folder) {
  // Held open: what is mounted next may hide its name.
  const int source = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (source < 0) return outcome(false, folder);
  struct stat found{};
  if (::stat(kPcscdFolder, &found) != 0) {
    // Where it cannot be made, /run of these namespaces is an empty one.
    if (::mkdir(kPcscdFolder, 0755) != 0 && (::mount("none", "/run", "tmpfs", 0, "mode=755") != 0 ||
                                             ::mkdir(kPcscdFolder, 0755) != 0)) {
      return outcome(false, "mount tmpfs on /run");
    }
  }
  const std::string name = "/proc/self/fd/" + std::to_string(source);
  const bool bound = ::mount(name.c_str(), kPcscdFolder, nullptr, MS_BIND, nullptr) == 0;
  const Result<> result = outcome(bound, "mount");
  ::close(source);
  return result;
}

bool says(const char* path, char value) {
  char first = 0;
  return std::ifstream(path).get(first) && first == value;
}

}  // namespace

Result<> enter_private_run(const std::filesystem::path& folder) {
  const bool root = ::geteuid() == 0 && ::unshare(CLONE_NEWNS) == 0;
  Result<> result = root ? Result<>{} : become_root_of_a_namespace();
  if (result) {
    const bool apart = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    result = outcome(apart, "mount --make-rprivate");
  }
  return result ? bind(folder) : result;
}

std::string what_to_allow() {
  if (says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1')) {
    return "allow them: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0";
  }
  if (says("/proc/sys/kernel/unprivileged_userns_clone", '0')) {
    return "allow them: sudo sysctl -w kernel.unprivileged_userns_clone=1";
  }
  if (says("/proc/sys/user/max_user_namespaces", '0')) {
    return "allow them: sudo sysctl -w user.max_user_namespaces=10000";
  }
  return "allow them, in Docker with --security-opt seccomp=unconfined (and, on Ubuntu, "
         "--security-opt apparmor=unconfined), or be root in the container";
}

}  // namespace vscard::pcsc_bridge::run
