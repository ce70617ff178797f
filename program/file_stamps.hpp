#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace vscard::program {

/// Tells whether files are others than they were: by what the system says of them, without reading
/// them. A file that is not there has a stamp, too.
class FileStamps {
 public:
  /// Of the files as they are now. Blocks as long as the disk does.
  explicit FileStamps(const std::vector<std::filesystem::path>& files);

  bool operator==(const FileStamps&) const = default;

 private:
  /// Device, inode, size; seconds and nanoseconds of the last change of its bytes.
  using Stamp = std::array<std::int64_t, 5>;
  static Stamp stamp_of(const std::filesystem::path& file);

  std::vector<std::pair<std::filesystem::path, Stamp>> stamps_;
};

}  // namespace vscard::program
