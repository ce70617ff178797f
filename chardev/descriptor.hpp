#pragma once

#include "protocol/failure.hpp"

#include <unistd.h>
#include <utility>

namespace vscard::chardev {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }
  /// It is the caller's to close.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;  ///< -1: none
};

/// What `number` leads to, opened anew with the flags of open(2): it can be made non-blocking, and
/// others who have it are not disturbed. A socket cannot be opened again: then it is a duplicate.
Descriptor reopened(int number, int flags);

/// Takes a descriptor that this process was started with. From then on its number leads to
/// /dev/null, or to `instead`: no one else finds the stream there. The error is a line for the
/// user.
Result<Descriptor> take_inherited(int number, int instead = -1);

}  // namespace vscard::chardev
