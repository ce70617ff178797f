#pragma once

#include "protocol/failure.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace vscard::cards::recording {

/// A file to which lines are appended, each at once and with one call: what is in it stays, and a
/// program that is killed leaves whole lines. Nobody else can read a new one.
class File {
 public:
  /// A new file, or a recording, into which nobody else records. The failure begins with its name.
  static Result<File> open(const std::string& path);
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  /// The failure: a part of the line may be there.
  Result<> append(std::string_view line) const;

 private:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  Result<> prepare() const;
  bool begins_as_recording() const;
  Result<> end_last_line() const;

  int descriptor_;
};

}  // namespace vscard::cards::recording
