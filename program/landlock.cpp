#include "chardev/descriptor.hpp"
#include "program/log.hpp"
#include "program/sandbox.hpp"
#include "program/state_folder.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace vscard::program {
namespace {

using chardev::Access;
using Use = Access::Use;

constexpr long kWithFiles = 1;  // versions of the kernel's interface
constexpr long kWithRefer = 2;
constexpr long kWithTruncate = 3;
constexpr long kWithPorts = 4;

// What linux/landlock.h of Debian 12 does not have yet.
constexpr std::uint64_t kTruncate = 1 << 14;
constexpr std::uint64_t kConnectTcp = 1 << 1;
constexpr int kPortRule = 2;
struct Ruleset {
  std::uint64_t files;
  std::uint64_t ports;
};
struct PortRule {
  std::uint64_t allowed;
  std::uint64_t port;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kOpen = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
constexpr std::uint64_t kPlace = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite = kOpen | kPlace | LANDLOCK_ACCESS_FS_MAKE_REG |
                                 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                 LANDLOCK_ACCESS_FS_REFER;
constexpr std::uint64_t kAll = kWrite | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                               LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK;
/// Those that a rule for a file, and not a folder, may have.
constexpr std::uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;

constexpr std::array kSystemFolders{"/usr", "/lib", "/lib64", "/etc", "/proc",
                                    "/sys", "/dev", "/run",   "/nix", "/gnu"};
constexpr std::array kSystemDevices{"/dev/null", "/dev/tty", "/dev/pts"};
/// Where OpenSSL looks instead, openssl-env(7).
constexpr std::array kLibraryFiles{"SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF",
                                   "OPENSSL_MODULES"};
constexpr std::uint16_t kNames = 53;  // DNS

std::uint64_t rights_of(Use use) {
  constexpr std::array kRights{kRead, kOpen, kPlace, kWrite, kWrite};
  return kRights.at(static_cast<std::size_t>(use));
}

/// What the kernel knows of them.
std::uint64_t known_rights(long version) {
  std::uint64_t rights = kAll;
  if (version < kWithRefer) rights &= ~std::uint64_t{LANDLOCK_ACCESS_FS_REFER};
  if (version < kWithTruncate) rights &= ~kTruncate;
  return rights;
}

class Rules {
 public:
  /// Without any rule: nothing is allowed.
  Rules(long version, bool any_port) : known_(known_rights(version)) {
    const bool ports = version >= kWithPorts && !any_port;
    const Ruleset handled{.files = known_, .ports = ports ? kConnectTcp : 0};
    const std::size_t size = version >= kWithPorts ? sizeof handled : sizeof handled.files;
    ruleset_ = chardev::Descriptor(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, size, 0)));
    note(ruleset_.number());
    handles_ports_ = ports;
  }

  /// What is not there needs no rule.
  void allow(const std::filesystem::path& path, std::uint64_t rights) {
    const chardev::Descriptor file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat found{};
    if (file.number() < 0 || ::fstat(file.number(), &found) != 0) return;
    rights &= S_ISDIR(found.st_mode) ? known_ : known_ & kOfFiles;
    const landlock_path_beneath_attr rule{.allowed_access = rights, .parent_fd = file.number()};
    add(LANDLOCK_RULE_PATH_BENEATH, &rule);
  }
  void allow(std::uint16_t port) {
    const PortRule rule{.allowed = kConnectTcp, .port = port};
    if (handles_ports_) add(kPortRule, &rule);
  }

  /// Zero, or the first errno.
  int enforce() {
    note(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (error_ == 0) note(::syscall(SYS_landlock_restrict_self, ruleset_.number(), 0));
    return error_;
  }

 private:
  void add(int type, const void* rule) {
    note(::syscall(SYS_landlock_add_rule, ruleset_.number(), type, rule, 0));
  }
  void note(long result) {
    if (result < 0 && error_ == 0) error_ = errno;
  }

  std::uint64_t known_;
  bool handles_ports_ = false;
  chardev::Descriptor ruleset_{-1};
  int error_ = 0;
};

void add_library_files(Access& access) {
  for (const char* variable : kLibraryFiles) {
    const char* path = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): never set here
    if (path != nullptr) access.add_file(path);
  }
}

/// A rule is for a folder that is there.
void make_own_folders(const Access& access) {
  for (const auto& [path, use] : access.folders) {
    if (use == Use::Own) static_cast<void>(make_private_folder(path));
  }
}

int confine(Access access, long version) {
  add_library_files(access);
  Rules rules(version, access.any_port);
  for (const char* folder : kSystemFolders) rules.allow(folder, kRead);
  for (const char* device : kSystemDevices) rules.allow(device, kOpen);
  for (const Access::Folder& folder : access.folders) {
    rules.allow(folder.path, rights_of(folder.use));
  }
  rules.allow(kNames);
  for (const std::uint16_t port : access.ports) rules.allow(port);
  return rules.enforce();
}

}  // namespace

void confine(const Access& access) {
  make_own_folders(access);
  if (access.unbounded()) return;
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  const int failed = version < kWithFiles ? errno : confine(access, version);
  if (failed == 0) chardev::note_confined();
  if (failed != 0) {
    log::debug("files and ports are not restricted: {}", std::generic_category().message(failed));
  } else if (version < kWithPorts) {
    log::debug("this kernel cannot restrict the ports to which a program connects");
  }
}

}  // namespace vscard::program
