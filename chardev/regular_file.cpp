#include "chardev/regular_file.hpp"

#include "chardev/access.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace vscard::chardev {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr const char* kNotRegular = "not a regular file";

}  // namespace

Result<Descriptor> open_regular_file(const std::string& path, int flags) {
  constexpr int kAlways = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Descriptor file(::open(path.c_str(), flags | kAlways, kOwnerOnly));
  struct stat found{};
  if (file.number() < 0 || ::fstat(file.number(), &found) != 0) {
    return std::unexpected(errno == ELOOP ? kNotRegular : file_error(errno));
  }
  if (!S_ISREG(found.st_mode)) return std::unexpected(kNotRegular);
  return file;
}

}  // namespace vscard::chardev
