#pragma once

#include "protocol/failure.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <utility>

namespace vscard::pcsc_bridge::run {

/// A temporary folder that is gone when this object is, and when this process is, however that
/// ends: a process of its own removes it.
class KeptFolder {
 public:
  /// Below $TMPDIR, for this user alone. The error is a line for the user.
  static Result<KeptFolder> make();
  KeptFolder(KeptFolder&& other) noexcept
      : path_(std::move(other.path_)),
        keeper_(std::exchange(other.keeper_, -1)),
        pipe_(std::exchange(other.pipe_, -1)) {}
  KeptFolder(const KeptFolder&) = delete;
  KeptFolder& operator=(const KeptFolder&) = delete;
  KeptFolder& operator=(KeptFolder&&) = delete;
  ~KeptFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  KeptFolder(std::filesystem::path path, pid_t keeper, int pipe)
      : path_(std::move(path)), keeper_(keeper), pipe_(pipe) {}

  std::filesystem::path path_;
  pid_t keeper_;
  int pipe_;  ///< its end is what the keeper waits for
};

}  // namespace vscard::pcsc_bridge::run
