#pragma once

#include <sys/types.h>

namespace vscard::bench {

/// Microseconds that the threads of a process have been running.
double cpu_time(pid_t pid);
/// What it has in memory.
double resident_kib(pid_t pid);

}  // namespace vscard::bench
