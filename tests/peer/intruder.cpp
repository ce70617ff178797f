// Preloaded into a program: what somebody would try who has taken it over. Each thread that gets
// SIGUSR1 tries it, as if that had happened in whatever it was doing, and writes a line "ATTEMPT:
// ERRNO" for each attempt to the FIFO that INTRUDER_RESULT names, with 0 for one that worked, and
// then an empty one. It reads and makes files in that folder, and connects to a port of its own.

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <functional>
#include <sched.h>
#include <string>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// Opened while that is allowed.
int result = -1;
std::string folder;

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
bool read_a_file() { return ::open((folder + "/secret").c_str(), O_RDONLY) >= 0; }
bool make_a_file() {
  return ::open((folder + "/made").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}
bool connect_elsewhere() {
  sockaddr_in name{};
  socklen_t size = sizeof name;
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  auto* address = static_cast<sockaddr*>(static_cast<void*>(&name));
  const int elsewhere = ::socket(AF_INET, SOCK_STREAM, 0);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  return ::bind(elsewhere, address, size) == 0 && ::listen(elsewhere, 1) == 0 &&
         ::getsockname(elsewhere, address, &size) == 0 && ::connect(socket, address, size) == 0;
}

void intrude(int /*signal*/) {
  std::string lines;
  const auto attempt = [&lines](const char* name, bool (*tried)()) {
    lines += std::string(name) + ": " + std::to_string(errno_of(tried)) + "\n";
  };
  attempt("start a program", start_a_program);
  attempt("trace", trace);
  attempt("read memory", read_memory);
  attempt("namespace", become_root_of_a_namespace);
  attempt("kernel cryptography", use_the_kernels_cryptography);
  attempt("read a file", read_a_file);
  attempt("make a file", make_a_file);
  attempt("connect elsewhere", connect_elsewhere);
  lines += "\n";
  static_cast<void>(::write(result, lines.data(), lines.size()) != 0);
}

bool come_in() {
  const char* file = std::getenv("INTRUDER_RESULT");  // NOLINT(concurrency-mt-unsafe): no threads
  if (file == nullptr) return false;
  folder = std::string(file).substr(0, std::string(file).rfind('/'));
  result = ::open(file, O_RDWR | O_CLOEXEC);
  struct sigaction action{};
  action.sa_handler = intrude;
  action.sa_flags = SA_RESTART;
  return ::sigaction(SIGUSR1, &action, nullptr) == 0;
}

[[maybe_unused]] const bool kCameIn = come_in();

}  // namespace

/// The signal stands for what needs none: no thread blocks it.
extern "C" int pthread_sigmask(int how, const sigset_t* set, sigset_t* before) noexcept {
  using Real = int (*)(int, const sigset_t*, sigset_t*);
  static const auto real = reinterpret_cast<Real>(::dlsym(RTLD_NEXT, "pthread_sigmask"));
  if (set == nullptr || how == SIG_UNBLOCK) return real(how, set, before);
  sigset_t others = *set;
  ::sigdelset(&others, SIGUSR1);
  return real(how, &others, before);
}
