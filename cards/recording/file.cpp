#include "cards/recording/file.hpp"

#include "chardev/access.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vscard::cards::recording {
namespace {

/// Of every recording: see message.hpp.
constexpr std::string_view kBegin = R"({"format":"vscard recording",)";

std::unexpected<Failure> failure() { return std::unexpected(Failure(chardev::file_error(errno))); }

}  // namespace

Result<File> File::open(const std::string& path) {
  // Without waiting for who reads a FIFO.
  constexpr int kFlags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  File file(::open(path.c_str(), kFlags, 0600));
  if (file.descriptor_ < 0) return std::unexpected(failure().error().about(path));
  if (auto ready = file.prepare(); !ready) return std::unexpected(ready.error().about(path));
  return file;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> File::append(std::string_view line) const {
  const ssize_t written = ::write(descriptor_, line.data(), line.size());
  if (written < 0) return failure();
  if (static_cast<std::size_t>(written) < line.size()) {
    errno = ENOSPC;  // what a regular file takes a part for
    return failure();
  }
  return {};
}

Result<> File::prepare() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return failure();
  if (!S_ISREG(status.st_mode)) return std::unexpected("not a regular file");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    return std::unexpected("another card is recorded there");
  }
  if (status.st_size == 0) return {};
  if (!begins_as_recording()) return std::unexpected("not a recording, so it is left as it is");
  return end_last_line();
}

/// … or as the first bytes of one, of a program that was killed.
bool File::begins_as_recording() const {
  std::array<char, kBegin.size()> begin{};
  const ssize_t size = ::pread(descriptor_, begin.data(), begin.size(), 0);
  return size > 0 && kBegin.starts_with({begin.data(), static_cast<std::size_t>(size)});
}

/// That of a program that was killed.
Result<> File::end_last_line() const {
  char last = '\n';
  const off_t end = ::lseek(descriptor_, 0, SEEK_END);
  if (end < 1 || ::pread(descriptor_, &last, 1, end - 1) != 1) return failure();
  return last == '\n' ? Result<>() : append("\n");
}

}  // namespace vscard::cards::recording
