#include "pcsc-bridge/run/keeper.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vscard::pcsc_bridge::run {
namespace {

/// Lets go of all that the maker has, but for `held`: its terminal too, and the pipe that somebody
/// may read its output from. Standard input becomes the pipe to wait for.
void let_go(int pipe, int held) {
  ::setsid();
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::dup2(nothing, standard);
  }
  ::dup2(pipe, STDIN_FILENO);
  unsigned first = STDERR_FILENO + 1;
  if (held >= 0) ::dup2(held, static_cast<int>(first++));
  ::close_range(first, ~0U, 0);
  [[maybe_unused]] const int left = ::chdir("/");
}

void wait_for_end(int pipe) {
  char byte = 0;
  while (::read(pipe, &byte, 1) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<Keeper> Keeper::start(std::function<void()> last, int held) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return std::unexpected("cannot make a pipe: " + std::system_category().message(errno));
  }
  const pid_t process = ::fork();
  if (process == 0) {
    ::close(pipe[1]);
    let_go(pipe[0], held);
    wait_for_end(STDIN_FILENO);
    last();
    ::_exit(0);
  }
  ::close(pipe[0]);
  return Keeper(std::move(last), process, pipe[1]);
}

Keeper::~Keeper() {
  if (pipe_ < 0) return;
  ::close(pipe_);
  if (process_ < 0) {
    last_();
    return;
  }
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace vscard::pcsc_bridge::run
