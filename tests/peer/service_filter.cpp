#include "tests/peer/service_filter.hpp"

#include <array>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <vector>

namespace vscard::test {
namespace {

/// As `systemd-analyze syscall-filter @privileged @resources` of systemd 257 lists them.
constexpr std::array kForbidden{
    SYS_acct,
    SYS_adjtimex,
    SYS_bpf,
    SYS_capset,
    SYS_chroot,
    SYS_clock_adjtime,
    SYS_clock_settime,
    SYS_delete_module,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    SYS_fchown,
    SYS_fchownat,
    SYS_finit_module,
    SYS_init_module,
    SYS_ioprio_set,
    SYS_kexec_load,
    SYS_mbind,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_open_by_handle_at,
    SYS_pivot_root,
    SYS_quotactl,
    SYS_reboot,
    SYS_sched_setaffinity,
    SYS_sched_setattr,
    SYS_sched_setparam,
    SYS_sched_setscheduler,
    SYS_set_mempolicy,
    SYS_setdomainname,
    SYS_setfsuid,
    SYS_setgroups,
    SYS_sethostname,
    SYS_setpriority,
    SYS_setresuid,
    SYS_setreuid,
    SYS_settimeofday,
    SYS_setuid,
    SYS_swapoff,
    SYS_swapon,
    SYS_vhangup,
#ifdef __x86_64__
    SYS_chown,
    SYS_ioperm,
    SYS_iopl,
    SYS_lchown,
#endif
};

}  // namespace

bool forbid_privileged_calls() {
  std::vector<sock_filter> filter{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const long call : kForbidden) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(call), 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace vscard::test
