#pragma once

#include "chardev/access.hpp"

namespace vscard::program {

// Neither can be undone. What this process executes from then on gets no privileges from files
// (no_new_privs). Where the kernel lacks something, a line at debug level says so.

/// From now on this thread, and those that it starts, can use no more of the machine's files and
/// of other machines' TCP ports than `access`, and what libraries read: the system's folders, and
/// terminals. The rest fails with EACCES (landlock(7)). Before there are other threads; what an
/// access that is unbounded uses stays so. Folders that it owns are made.
void confine(const chardev::Access& access);

enum class StartPrograms : bool { No, Yes };

/// From now on no thread of this process can do what a program with cards never does: look into
/// other processes, mount, change namespaces, load code into the kernel, open sockets below TCP,
/// or, without Yes, start programs. Such a system call fails with EPERM (seccomp(2)).
void refuse_system_calls(StartPrograms start_programs);

}  // namespace vscard::program
