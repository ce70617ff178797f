#pragma once

#include "pcsc-bridge/run/keeper.hpp"
#include "protocol/failure.hpp"

#include <cstddef>
#include <filesystem>
#include <utility>

namespace vscard::pcsc_bridge::run {

/// A temporary folder that is gone when this object is, and when this process is, however that
/// ends.
class KeptFolder {
 public:
  /// Makes one that this user alone can enter, below $TMPDIR. It is below /tmp instead if the path
  /// of a UNIX socket, with `room` bytes below the folder, would be too long, or if $TMPDIR or a
  /// parent of it lets other users replace the folder. The error is a line for the user.
  static Result<KeptFolder> make(std::size_t room);

  const std::filesystem::path& path() const { return path_; }

 private:
  KeptFolder(std::filesystem::path path, Keeper keeper)
      : path_(std::move(path)), keeper_(std::move(keeper)) {}

  std::filesystem::path path_;
  Keeper keeper_;  ///< removes it
};

}  // namespace vscard::pcsc_bridge::run
