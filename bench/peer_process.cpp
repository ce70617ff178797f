#include "bench/peer_process.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vscard::bench {
namespace {

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Replaces this process. The terminal is not for it.
void execute(std::vector<std::string> command) {
  if (std::freopen("/dev/null", "r", stdin) == nullptr) throw_errno("/dev/null");
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  ::execv(words.front(), words.data());
  throw_errno("cannot run " + command.front());
}

}  // namespace

void pin_to_core(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (::sched_setaffinity(0, sizeof cores, &cores) != 0) {
    throw_errno("cannot run on core " + std::to_string(core));
  }
}

PeerProcess::PeerProcess(std::optional<unsigned> core, const std::function<void()>& body)
    : pid_(::fork()) {
  if (pid_ < 0) throw_errno("fork");
  if (pid_ > 0) return;
  try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (core) pin_to_core(*core);
    body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vsc-bench: peer: %s\n", error.what());
  }
  ::_exit(1);  // not exit(): this is a copy of what the parent still uses
}

PeerProcess::PeerProcess(std::optional<unsigned> core, const std::vector<std::string>& command)
    : PeerProcess(core, [&command] { execute(command); }) {}

PeerProcess::~PeerProcess() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace vscard::bench
