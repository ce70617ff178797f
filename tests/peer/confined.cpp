// confined COMMAND [ARGUMENT]...: runs the command under the filter of pcscd's unit, and with its
// UMask=0077.

#include "tests/peer/service_filter.hpp"

#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char** argv) {
  ::umask(S_IRWXG | S_IRWXO);
  if (argc < 2 || !vscard::test::forbid_privileged_calls()) {
    std::fputs("confined: no command, or no seccomp filters\n", stderr);
    return 1;
  }
  ::execvp(argv[1], argv + 1);
  std::perror(argv[1]);
  return 1;
}
