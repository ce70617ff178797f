#include "cards/recording/file.hpp"

#include "chardev/access.hpp"
#include "chardev/regular_file.hpp"

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
  auto opened = chardev::open_regular_file(path, O_RDWR | O_CREAT | O_APPEND);
  if (!opened) return std::unexpected(opened.error().about(path));
  File file(std::move(*opened));
  if (auto ready = file.prepare(); !ready) return std::unexpected(ready.error().about(path));
  return file;
}

Result<> File::append(std::string_view line) const {
  const ssize_t written = ::write(file_.number(), line.data(), line.size());
  if (written < 0) return failure();
  if (static_cast<std::size_t>(written) < line.size()) {
    errno = ENOSPC;  // what a regular file takes a part for
    return failure();
  }
  return {};
}

Result<> File::prepare() const {
  struct stat status{};
  if (::fstat(file_.number(), &status) != 0) return failure();
  if (::flock(file_.number(), LOCK_EX | LOCK_NB) != 0) {
    return std::unexpected("another card is recorded there");
  }
  if (status.st_size == 0) return {};
  if (!begins_as_recording()) return std::unexpected("not a recording, so it is left as it is");
  return end_last_line();
}

/// … or as the first bytes of one, of a program that was killed.
bool File::begins_as_recording() const {
  std::array<char, kBegin.size()> begin{};
  const ssize_t size = ::pread(file_.number(), begin.data(), begin.size(), 0);
  return size > 0 && kBegin.starts_with({begin.data(), static_cast<std::size_t>(size)});
}

/// That of a program that was killed.
Result<> File::end_last_line() const {
  char last = '\n';
  const off_t end = ::lseek(file_.number(), 0, SEEK_END);
  if (end < 1 || ::pread(file_.number(), &last, 1, end - 1) != 1) return failure();
  return last == '\n' ? Result<>() : append("\n");
}

}  // namespace vscard::cards::recording
