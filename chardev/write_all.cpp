#include "chardev/write_all.hpp"

#include <cerrno>
#include <unistd.h>

namespace vscard::chardev {

bool write_all(int file, protocol::Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace vscard::chardev
