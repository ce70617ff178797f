#pragma once

namespace vscard::program {

struct Sandbox {
  bool on = true;
  bool starts_programs = false;  ///< one of its addresses does
};

/// From now on no thread of this process can do what a program with cards never does: start
/// programs, look into other processes, mount, change namespaces, load code into the kernel, or
/// open sockets below TCP. Such a system call fails with EPERM (seccomp(2)). What it executes gets
/// no privileges from files (no_new_privs). Where the kernel lacks filters, a line at debug level
/// says so and nothing changes. It cannot be undone.
void enter_sandbox(const Sandbox& sandbox);

}  // namespace vscard::program
