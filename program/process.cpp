#include "program/process.hpp"

#include "program/log.hpp"
#include "program/sanitized.hpp"

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPidFileMode = 0644;

/// One datagram to the socket that systemd names, sd_notify(3).
void notify(std::string_view state) {
  const char* name = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): never set here
  if (name == nullptr) return;
  const std::size_t length = std::strlen(name);
  sockaddr_un address{};
  if (length == 0 || length >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // It is not a failure if nobody listens.
  ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
           static_cast<const sockaddr*>(static_cast<const void*>(&address)), size);
  ::close(socket);
}

}  // namespace

int fail(const protocol::Failure& failure) {
  log::error("{}", failure.text);
  return kFailed;
}

void keep_memory_private() {
  if (!kIsSanitized) ::prctl(PR_SET_DUMPABLE, 0);
}

Result<PidFile> PidFile::write(const fs::path& path) {
  const auto written = write_whole_file(path, std::to_string(::getpid()) + "\n", kPidFileMode);
  if (written) return PidFile(path, *written);
  return std::unexpected(written.error().about("cannot write the pid file " + path.string()));
}

PidFile::PidFile(PidFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), file_(other.file_) {}

PidFile::~PidFile() {
  if (!path_.empty()) remove_file(path_, file_);
}

void allow_all_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void notify_ready() { notify("READY=1"); }
void notify_stopping() { notify("STOPPING=1"); }

}  // namespace vscard::program
