#include "pcsc-bridge/run/kept_folder.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vscard::pcsc_bridge::run {
namespace {

namespace fs = std::filesystem;

/// How often a folder is removed in which a process that is being killed still writes.
constexpr int kTries = 100;

/// Waits for the end of the pipe, holding nothing else of its maker's: neither its terminal nor the
/// pipe that somebody may read its output from.
[[noreturn]] void keep(const fs::path& folder, int pipe) {
  ::setsid();
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_IGN);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::dup2(nothing, standard);
  }
  ::dup2(pipe, STDIN_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  [[maybe_unused]] const int left = ::chdir("/");
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
  }
  std::error_code failed;
  for (int i = 0; i < kTries && fs::exists(folder, failed); ++i) fs::remove_all(folder, failed);
  ::_exit(0);
}

}  // namespace

Result<KeptFolder> KeptFolder::make() {
  std::error_code none;
  const fs::path parent = fs::temp_directory_path(none);
  std::string path = ((none ? fs::path("/tmp") : parent) / "pcsc-bridge-XXXXXX").string();
  std::array<int, 2> pipe{};
  if (::mkdtemp(path.data()) == nullptr || ::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return std::unexpected("cannot make the folder " + path + ": " +
                           std::system_category().message(errno));
  }
  const pid_t keeper = ::fork();
  if (keeper == 0) {
    ::close(pipe[1]);
    keep(path, pipe[0]);
  }
  ::close(pipe[0]);
  return KeptFolder(path, keeper, pipe[1]);
}

KeptFolder::~KeptFolder() {
  if (pipe_ < 0) return;
  ::close(pipe_);
  if (keeper_ > 0) {
    ::waitpid(keeper_, nullptr, 0);
  } else {  // it could not be started
    std::error_code failed;
    fs::remove_all(path_, failed);
  }
}

}  // namespace vscard::pcsc_bridge::run
