#include "chardev/secret_input.hpp"

#include "chardev/access.hpp"
#include "chardev/number.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>

namespace vscard::chardev {
namespace {

using protocol::SecretBytes;

constexpr std::size_t kMaxLine = 1024;  ///< bytes: more than a password, so that it is seen
constexpr std::size_t kLineEnd = 3;     ///< bytes, and one of a secret that is too long
constexpr std::uint8_t kInterrupt = 0x03;

std::string why() { return file_error(errno); }

enum class Step : std::size_t { Byte = 1, Most = 65536 };

/// Reads until `enough` says so, the end, or `limit` bytes. What follows `enough` is left, if the
/// step is a byte.
template <class Enough>
Result<SecretBytes> read_from(int fd, std::size_t limit, Step step, Enough enough) {
  auto bytes = SecretBytes::zeros(limit);
  std::size_t size = 0;
  while (size < limit && !enough(bytes.view().first(size))) {
    const std::size_t most = std::min(limit - size, static_cast<std::size_t>(step));
    const ssize_t got = ::read(fd, bytes.data().data() + size, most);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(why());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.truncate(size);
  return bytes;
}

Result<SecretBytes> read_line(int fd, const SecretKind& kind) {
  const auto has_end = [](protocol::Bytes bytes) {
    return !bytes.empty() && (bytes.back() == '\n' || bytes.back() == kInterrupt);
  };
  auto line = read_from(fd, std::max(kMaxLine, kind.max_size + kLineEnd), Step::Byte, has_end);
  if (!line) return line;
  const auto ends_with = [&line](std::uint8_t byte) {
    return !line->empty() && line->view().back() == byte;
  };
  if (ends_with(kInterrupt)) return std::unexpected("interrupted");
  if (ends_with('\n')) line->truncate(line->size() - 1);
  if (ends_with('\r')) line->truncate(line->size() - 1);
  if (line->size() > kind.max_size) {
    return std::unexpected("a " + std::string(kind.name) + " has at most " +
                           std::to_string(kind.max_size) + " bytes");
  }
  return line;
}

/// Shows nothing of what is typed, while it lives. Ctrl-C ends the line in place of the program,
/// which would leave the terminal as it is now.
class HiddenTyping {
 public:
  explicit HiddenTyping(int fd) : fd_(fd) {
    ::tcgetattr(fd, &before_);
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    hidden.c_cc[VEOL] = kInterrupt;
    ::tcsetattr(fd, TCSAFLUSH, &hidden);
  }
  HiddenTyping(const HiddenTyping&) = delete;
  HiddenTyping& operator=(const HiddenTyping&) = delete;
  ~HiddenTyping() { ::tcsetattr(fd_, TCSAFLUSH, &before_); }

 private:
  int fd_;
  termios before_{};
};

void show(std::string_view text) {
  [[maybe_unused]] const ssize_t shown = ::write(STDERR_FILENO, text.data(), text.size());
}

Result<SecretBytes> ask(int fd, const SecretKind& kind) {
  const HiddenTyping hidden(fd);
  show(std::string(kind.name) + ": ");
  auto line = read_line(fd, kind);
  show("\n");
  return line;
}

/// Until there is something to read, or never will be.
void wait_for_writer(int fd, const std::string& path) {
  constexpr int kPatience = 1000;  ///< ms: `<(command)` of a shell takes its time
  pollfd fifo{.fd = fd, .events = POLLIN, .revents = 0};
  if (::poll(&fifo, 1, kPatience) != 0) return;
  show(path + ": waiting for what is written into this pipe\n");
  while (::poll(&fifo, 1, -1) < 0 && errno == EINTR) {
  }
}

/// To open a FIFO would wait for a writer, silently.
int open_to_read(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  struct stat found{};
  if (fd < 0 || ::fstat(fd, &found) != 0) return fd;
  if (S_ISFIFO(found.st_mode)) wait_for_writer(fd, path);
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  return fd;
}

template <class Read>
Result<SecretBytes> read_path(const std::string& path, Read read) {
  const int fd = open_to_read(path);
  if (fd < 0) return std::unexpected("cannot open " + path + ": " + why());
  auto bytes = read(fd);
  ::close(fd);
  if (!bytes) return std::unexpected(bytes.error().about(path));
  return bytes;
}

}  // namespace

Result<std::optional<SecretSource>> parse_password_keys(const KeyList& keys) {
  const auto file = keys.last("password-file");
  const auto descriptor = keys.last("password-fd");
  if (file && descriptor) {
    return std::unexpected("password-file and password-fd mean the same: use one of them");
  }
  if (file) return SecretSource(*file);
  if (!descriptor) return std::nullopt;
  const auto number = parse_number<int>(*descriptor, 0, std::numeric_limits<int>::max());
  if (!number) return std::unexpected("password-fd=" + *descriptor + " is not a file descriptor");
  return SecretSource(*number);
}

std::optional<std::string> exposure_of(const std::string& path) {
  struct stat found{};
  constexpr mode_t kOthers = S_IRGRP | S_IROTH;
  if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode) ||
      (found.st_mode & kOthers) == 0) {
    return std::nullopt;
  }
  return "others than its owner can read " + path + ", which has keys: chmod 600 " + path;
}

Result<SecretBytes> read_secret_file(const std::string& path, std::size_t limit) {
  return read_path(path, [limit](int fd) -> Result<SecretBytes> {
    auto bytes = read_from(fd, limit + 1, Step::Most, [](protocol::Bytes) { return false; });
    if (bytes && bytes->size() > limit) return std::unexpected("the file is too large");
    return bytes;
  });
}

Result<SecretBytes> read_secret_line(const std::string& path, const SecretKind& kind) {
  return read_path(path, [&kind](int fd) { return read_line(fd, kind); });
}

Result<SecretBytes> read_secret_line(int fd, const SecretKind& kind) {
  if (::fcntl(fd, F_GETFD) < 0) {
    const std::string number = std::to_string(fd);
    return std::unexpected(std::string(kind.fd_option) + number + ": it is not open; in a shell, " +
                           number + "<FILE opens it");
  }
  auto password = ::isatty(fd) != 0 ? ask(fd, kind) : read_line(fd, kind);
  if (!password) {
    return std::unexpected(
        password.error().about(std::string(kind.fd_option) + std::to_string(fd)));
  }
  return password;
}

Result<SecretBytes> read_shown_line(int fd, const SecretKind& kind) { return read_line(fd, kind); }

}  // namespace vscard::chardev
