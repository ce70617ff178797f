#pragma once

#include <string>
#include <sys/types.h>

namespace vscard::pcsc_bridge::serve {

/// "opensc-tool (4711)" of a process that runs, from /proc; "process 4711" if that is not to be
/// read. The process chooses its name, so what is not printable ASCII is a question mark.
std::string program_name(pid_t process);

}  // namespace vscard::pcsc_bridge::serve
