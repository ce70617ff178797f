#pragma once

#include "chardev/descriptor.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <functional>
#include <optional>

namespace vscard::program {

/// A file that one process at a time has; it is made for that and removed afterwards. The system
/// gives it on when the process ends, in whatever way.
class LockFile {
 public:
  /// Waits until no other process has it; then `waiting` is called, once. The error is a line for
  /// the user.
  static Result<LockFile> take(const std::filesystem::path& path,
                               const std::function<void()>& waiting);
  /// Nothing if another process has it.
  static Result<std::optional<LockFile>> take_if_free(const std::filesystem::path& path);
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  LockFile(std::filesystem::path path, chardev::Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;  ///< empty: moved from
  chardev::Descriptor file_;
};

}  // namespace vscard::program
