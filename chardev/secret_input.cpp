#include "chardev/secret_input.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <system_error>
#include <termios.h>
#include <unistd.h>

namespace vscard::chardev {
namespace {

using protocol::SecretBytes;

constexpr std::size_t kMaxLine = 1024;  ///< bytes: more than a password, so that it is seen
constexpr std::uint8_t kInterrupt = 0x03;

std::string why() { return std::generic_category().message(errno); }

/// Reads until `enough` says so, the end, or `limit` bytes.
template <class Enough>
Result<SecretBytes> read_from(int fd, std::size_t limit, Enough enough) {
  auto bytes = SecretBytes::zeros(limit);
  std::size_t size = 0;
  while (size < limit && !enough(bytes.view().first(size))) {
    const ssize_t got = ::read(fd, bytes.data().data() + size, limit - size);
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
    return std::ranges::find(bytes, '\n') != bytes.end() ||
           std::ranges::find(bytes, kInterrupt) != bytes.end();
  };
  auto line = read_from(fd, kMaxLine, has_end);
  if (!line) return line;
  const protocol::Bytes bytes = line->view();
  if (std::ranges::find(bytes, kInterrupt) != bytes.end()) return std::unexpected("interrupted");
  line->truncate(static_cast<std::size_t>(std::ranges::find(bytes, '\n') - bytes.begin()));
  if (!line->empty() && line->view().back() == '\r') line->truncate(line->size() - 1);
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

template <class Read>
Result<SecretBytes> read_path(const std::string& path, Read read) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected("cannot open " + path + ": " + why());
  auto bytes = read(fd);
  ::close(fd);
  if (!bytes) return std::unexpected(path + ": " + bytes.error().text);
  return bytes;
}

}  // namespace

Result<SecretBytes> read_secret_file(const std::string& path, std::size_t limit) {
  return read_path(path, [limit](int fd) -> Result<SecretBytes> {
    auto bytes = read_from(fd, limit + 1, [](protocol::Bytes) { return false; });
    if (bytes && bytes->size() > limit) return std::unexpected("the file is too large");
    return bytes;
  });
}

Result<SecretBytes> read_secret_line(const std::string& path, const SecretKind& kind) {
  return read_path(path, [&kind](int fd) { return read_line(fd, kind); });
}

Result<SecretBytes> read_secret_line(int fd, const SecretKind& kind) {
  auto password = ::isatty(fd) != 0 ? ask(fd, kind) : read_line(fd, kind);
  if (!password) {
    return std::unexpected("password-fd=" + std::to_string(fd) + ": " + password.error().text);
  }
  return password;
}

}  // namespace vscard::chardev
