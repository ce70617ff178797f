#include "program/log.hpp"
#include "program/sandbox.hpp"
#include "program/sanitized.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <system_error>

namespace vscard::program {
namespace {

constexpr std::uint64_t kAllBits = 0xffffffff;  // of an int

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

constexpr const char* kRefused[] = {
    // other processes and this one's secrets
    "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", "keyctl",
    "add_key", "request_key", "perf_event_open", "userfaultfd", "io_uring_setup",
    // file systems and namespaces
    "mount", "umount2", "move_mount", "mount_setattr", "fsopen", "fsconfig", "fsmount", "fspick",
    "open_tree", "pivot_root", "chroot", "unshare", "setns", "open_by_handle_at",
    // the machine
    "bpf", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "swapon", "swapoff", "iopl", "ioperm", "modify_ldt", "personality", "syslog", "acct",
    "quotactl", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname",
    "setdomainname"};
constexpr const char* kStartProgram[] = {"execve", "execveat"};
constexpr int kRefusedSockets[] = {AF_PACKET, AF_KEY,       AF_ALG, AF_XDP,
                                   AF_RDS,    AF_BLUETOOTH, AF_CAN, AF_TIPC};
constexpr int kNamespaces[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                               CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};

/// A name that this machine or library does not have needs no rule.
int refuse(void* filter, const char* name, int error = EPERM) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return 0;
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(error)), number, 0);
}

/// Where the first argument is `wanted` in the bits of `mask`.
int refuse_where(void* filter, const char* name, std::uint64_t mask, int wanted) {
  const auto bits = static_cast<std::uint64_t>(wanted);
  const scmp_arg_cmp argument{.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = bits};
  return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(name),
                                1, &argument);
}

/// Zero, or a negative errno.
int add_rules(void* filter, StartPrograms start_programs) {
  int failed = 0;
  const auto add = [&failed](int result) { failed = failed != 0 ? failed : result; };
  for (const char* name : kRefused) add(refuse(filter, name));
  if (!kIsSanitized) add(refuse(filter, "ptrace"));  // LeakSanitizer looks at its own process
  if (start_programs == StartPrograms::No) {
    for (const char* name : kStartProgram) add(refuse(filter, name));
  }
  for (const int family : kRefusedSockets) {
    add(refuse_where(filter, "socket", kAllBits, family));
  }
  // A filter cannot see the flags of clone3; the C library then takes clone.
  add(refuse(filter, "clone3", ENOSYS));
  for (const int flag : kNamespaces) {
    add(refuse_where(filter, "clone", static_cast<std::uint64_t>(flag), flag));
  }
  return failed;
}

int load(StartPrograms start_programs) {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  if (!filter) return -ENOMEM;
  // For the threads that there are already, too.
  if (const int set = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); set != 0)
    return set;
  if (const int added = add_rules(filter.get(), start_programs); added != 0) return added;
  return seccomp_load(filter.get());
}

}  // namespace

void refuse_system_calls(StartPrograms start_programs) {
  if (const int failed = load(start_programs); failed != 0) {
    log::debug("system calls are not refused: {}", std::generic_category().message(-failed));
  }
}

}  // namespace vscard::program
