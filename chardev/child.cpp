#include "chardev/child.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vscard::chardev {
namespace {

constexpr int kSignalled = 128;
constexpr int kNoSuchProgram = 127;
constexpr int kNotExecuted = 126;

std::string message(int error) { return std::system_category().message(error); }

/// What a child that cannot become its program says of it: the step, the status, the text.
class Report {
 public:
  explicit Report(int descriptor) : descriptor_(descriptor) {}

  [[noreturn]] void fail(ChildError::Step step, int status, const std::string& text) const {
    std::string line;
    line += step == ChildError::Step::Prepare ? 'p' : 'e';
    line += static_cast<char>(status);
    line += text;
    // Nothing is left to do if nobody reads it.
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, line.data(), line.size());
    ::_exit(kNoSuchProgram);
  }

  static ChildError parse(const std::string& line) {
    return {.step = line[0] == 'p' ? ChildError::Step::Prepare : ChildError::Step::Program,
            .text = line.substr(2),
            .status = static_cast<unsigned char>(line[1])};
  }

 private:
  int descriptor_;
};

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 512> buffer{};
  for (ssize_t size = 1; size > 0;) {
    size = ::read(descriptor, buffer.data(), buffer.size());
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

[[noreturn]] void become(const ChildOptions& options, pid_t parent, const Report& report) {
  if (options.prepare) {
    const auto prepared = options.prepare();
    if (!prepared) report.fail(ChildError::Step::Prepare, 1, prepared.error().text);
  }
  // After whatever changes the credentials, which would undo it.
  if (options.end == ChildOptions::End::WithThread) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kNoSuchProgram);
  if (options.terminal == ChildOptions::Terminal::Apart) {
    ::setsid();
    ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  const sigset_t passed = passed_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &passed, nullptr);
  for (const auto& [name, value] : options.environment) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a process of its own
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  std::vector<char*> arguments;
  for (const std::string& word : options.command) {
    arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execvp(3) does not write
  }
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  report.fail(ChildError::Step::Program, errno == ENOENT ? kNoSuchProgram : kNotExecuted,
              "cannot run " + options.command.front() + ": " + message(errno));
}

}  // namespace

sigset_t passed_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    ::sigaddset(&set, number);
  }
  return set;
}

std::expected<Child, ChildError> Child::start(const ChildOptions& options) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return std::unexpected(ChildError{.text = "cannot make a pipe: " + message(errno)});
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(options, parent, Report(pipe[1]));
  const int forked = errno;
  ::close(pipe[1]);
  const std::string failed = read_all(pipe[0]);  // until the program has begun
  ::close(pipe[0]);
  if (pid < 0) {
    return std::unexpected(ChildError{.text = "cannot start a process: " + message(forked)});
  }
  // glibc 2.36 has the call, but GCC 12's library none of its constants.
  Child child(pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (failed.size() > 2) return std::unexpected(Report::parse(failed));
  if (child.descriptor_ < 0) {
    return std::unexpected(ChildError{.text = "cannot watch a process: " + message(errno)});
  }
  return child;
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    reap();
  }
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Child::has_ended() const {
  pollfd end{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return !running() || ::poll(&end, 1, 0) > 0;
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

int Child::reap() {
  if (!running()) return status_;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  status_ = WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
  return status_;
}

}  // namespace vscard::chardev
