#pragma once

#include "program/lock_file.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <utility>

namespace vscard::cards::libcacard {

/// A folder for what is secret and needed for moments: in memory, so that no disk keeps it. It goes
/// with this object. One whose process was killed goes when the next is made.
class MemoryFolder {
 public:
  /// Its parent.
  static constexpr const char* kPlace = "/dev/shm";

  /// The error is a line for the user.
  static Result<MemoryFolder> make(const std::filesystem::path& place = kPlace);
  MemoryFolder(MemoryFolder&& other) noexcept;
  MemoryFolder& operator=(MemoryFolder&&) = delete;
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  ~MemoryFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  MemoryFolder(std::filesystem::path path, program::LockFile lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;  ///< empty: moved from
  program::LockFile lock_;      ///< in it: its process lives
};

}  // namespace vscard::cards::libcacard
