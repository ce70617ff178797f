// Preloaded into a program: what somebody would try who has taken it over. It waits until somebody
// opens the FIFO that INTRUDER_START names, and then writes a line "ATTEMPT: ERRNO" for each
// attempt to the FIFO of INTRUDER_RESULT, with 0 for one that worked.

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sched.h>
#include <string>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

/// Of a child, which ends with it.
int errno_of(const std::function<bool()>& attempt) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(attempt() ? 0 : errno);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool start_a_program() { return ::execl("/bin/true", "true", nullptr) == 0; }
bool trace() { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0; }
bool read_memory() {
  int secret = 1;
  int copy = 0;
  const iovec to{.iov_base = &copy, .iov_len = sizeof copy};
  const iovec from{.iov_base = &secret, .iov_len = sizeof secret};
  return ::process_vm_readv(::getpid(), &to, 1, &from, 1, 0) == sizeof copy;
}
bool become_root_of_a_namespace() { return ::unshare(CLONE_NEWUSER) == 0; }
bool use_the_kernels_cryptography() { return ::socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0; }

void intrude(const std::string& start, const std::string& result) {
  const std::ifstream waiting(start);
  std::ofstream lines(result);
  lines << "start a program: " << errno_of(start_a_program) << '\n'
        << "trace: " << errno_of(trace) << '\n'
        << "read memory: " << errno_of(read_memory) << '\n'
        << "namespace: " << errno_of(become_root_of_a_namespace) << '\n'
        << "kernel cryptography: " << errno_of(use_the_kernels_cryptography) << '\n';
}

[[gnu::constructor]] void come_in() {
  // NOLINTBEGIN(concurrency-mt-unsafe): the program has no threads yet
  const char* start = std::getenv("INTRUDER_START");
  const char* result = std::getenv("INTRUDER_RESULT");
  // NOLINTEND(concurrency-mt-unsafe)
  if (start == nullptr || result == nullptr) return;
  std::thread(intrude, std::string(start), std::string(result)).detach();
}

}  // namespace
