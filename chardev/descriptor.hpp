#pragma once

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

}  // namespace vscard::chardev
