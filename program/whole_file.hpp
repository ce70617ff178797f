#pragma once

#include "protocol/failure.hpp"

#include <filesystem>
#include <string_view>
#include <sys/types.h>

namespace vscard::program {

/// Which file it is, whatever its name is now.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

/// Writes a file of mode `mode` and puts it in the place of the one that has the path. Nobody reads
/// a part of it, and no link is followed: the path's folder may belong to another user. On an error
/// everything is as it was; the reason is the system's, or that the path is not a regular file's.
Result<FileIdentity> write_whole_file(const std::filesystem::path& path, std::string_view text,
                                      mode_t mode);

/// Removes the file if it is still this one.
void remove_file(const std::filesystem::path& path, const FileIdentity& file);

}  // namespace vscard::program
