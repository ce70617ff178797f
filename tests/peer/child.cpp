#include "tests/peer/child.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace vscard::test {
namespace {

constexpr int kPatience = 30'000;  ///< milliseconds

/// Without the folder of the user who runs the tests: programs would have a control socket there.
std::vector<char*> own_environment() {
  std::vector<char*> kept;
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("XDG_RUNTIME_DIR=")) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

}  // namespace

Child::Child(std::vector<std::string> arguments, Input input) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  errors_ = ends[0];
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  if (input == Input::Closed) {
    ::posix_spawn_file_actions_addclose(&actions, STDIN_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  std::vector<char*> environment = own_environment();
  const int error =
      ::posix_spawn(&pid_, words.front(), &actions, nullptr, words.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (error != 0) throw std::runtime_error("cannot start " + arguments.front());
}

Child::~Child() {
  if (pid_ > 0) {
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(errors_);
}

std::string Child::wait_for(const std::string& text) {
  while (true) {
    for (std::size_t end = log_.find('\n', seen_); end != std::string::npos;
         end = log_.find('\n', seen_)) {
      const std::string line = log_.substr(seen_, end - seen_);
      seen_ = end + 1;
      if (line.find(text) != std::string::npos) return line;
    }
    if (!read_more()) throw std::runtime_error("no line with '" + text + "' in:\n" + log_);
  }
}

void Child::signal(int number) const { ::kill(pid_, number); }

int Child::wait() {
  while (read_more()) {
  }
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// False at the end, and when nothing comes for too long.
bool Child::read_more() {
  pollfd waited{.fd = errors_, .events = POLLIN, .revents = 0};
  if (::poll(&waited, 1, kPatience) != 1) return false;
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(errors_, buffer.data(), buffer.size());
  if (size <= 0) return false;
  log_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

}  // namespace vscard::test
