#include "chardev/descriptor.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>

namespace vscard::chardev {
namespace {

constexpr int kFirstOther = STDERR_FILENO + 1;  ///< than the standard streams

}  // namespace

Descriptor reopened(int number, int flags) {
  const std::string name = "/proc/self/fd/" + std::to_string(number);
  // Without O_NONBLOCK, a pipe that nobody reads would be waited for.
  const int opened = ::open(name.c_str(), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return Descriptor(opened >= 0 ? opened : ::fcntl(number, F_DUPFD_CLOEXEC, kFirstOther));
}

Result<Descriptor> take_inherited(int number, int instead) {
  const auto failed = [number] {
    return std::unexpected("file descriptor " + std::to_string(number) + ": " +
                           std::system_category().message(errno));
  };
  Descriptor taken(::fcntl(number, F_DUPFD_CLOEXEC, kFirstOther));
  if (taken.number() < 0) return failed();
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (::dup2(instead < 0 ? null.number() : instead, number) < 0) return failed();
  return taken;
}

}  // namespace vscard::chardev
