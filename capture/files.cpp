#include "capture/files.hpp"

#include "capture/pcapng.hpp"
#include "chardev/access.hpp"
#include "chardev/regular_file.hpp"
#include "chardev/write_all.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vscard::capture {
namespace {

namespace fs = std::filesystem;

std::unexpected<Failure> system_failure(const fs::path& path, int cause = errno) {
  return std::unexpected(Failure{chardev::file_error(cause)}.about(path.string()));
}

}  // namespace

fs::path Files::aged(std::size_t age) const {
  fs::path file = path_.stem();
  file += "." + std::to_string(age);
  file += path_.extension();
  return path_.parent_path() / file;
}

Result<> Files::begin() {
  const bool first = file_.number() < 0;
  if (auto old = first ? check_old() : Result<>(); !old) return old;
  if (auto made = make_room(); !made) return made;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  file_ = chardev::Descriptor(::open(path_.c_str(), kFlags, S_IRUSR | S_IWUSR));
  size_ = 0;
  if (file_.number() < 0 || ::flock(file_.number(), LOCK_EX | LOCK_NB) != 0) {
    return system_failure(path_);
  }
  return {};
}

/// A file that has the path is empty or a capture, and nobody writes it.
Result<> Files::check_old() const {
  const auto old = chardev::open_regular_file(path_, O_RDONLY);
  if (!old) return {};
  std::array<std::uint8_t, kSectionStart> begin{};
  const ssize_t size = ::pread(old->number(), begin.data(), begin.size(), 0);
  if (size != 0 && !begins_section(begin)) {
    return std::unexpected(path_.string() + ": not a pcapng file, so it is left as it is");
  }
  if (::flock(old->number(), LOCK_EX | LOCK_NB) == 0) return {};
  return std::unexpected(path_.string() + ": another program writes its capture there");
}

/// Nothing has the path any more.
Result<> Files::make_room() const {
  struct stat found{};
  if (::lstat(path_.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return system_failure(path_);
  }
  if (!S_ISREG(found.st_mode)) return std::unexpected(path_.string() + ": not a regular file");
  for (std::size_t age = count_ - 1; age > 0; --age) {
    const fs::path from = age == 1 ? path_ : aged(age - 1);
    if (::rename(from.c_str(), aged(age).c_str()) != 0 && errno != ENOENT) {
      return system_failure(from);
    }
  }
  if (count_ == 1 && ::unlink(path_.c_str()) != 0) return system_failure(path_);
  return {};
}

Result<> Files::write(protocol::Bytes blocks) {
  if (chardev::write_all(file_.number(), blocks)) {
    size_ += blocks.size();
    return {};
  }
  const int cause = errno;
  const auto end = static_cast<std::uint64_t>(::lseek(file_.number(), 0, SEEK_CUR));
  size_ += whole_blocks(blocks, end - size_);
  [[maybe_unused]] const int cut = ::ftruncate(file_.number(), static_cast<off_t>(size_));
  return system_failure(path_, cause);
}

}  // namespace vscard::capture
