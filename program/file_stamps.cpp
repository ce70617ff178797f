#include "program/file_stamps.hpp"

#include <sys/stat.h>

namespace vscard::program {

FileStamps::FileStamps(const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files) stamps_.emplace_back(file, stamp_of(file));
}

FileStamps::Stamp FileStamps::stamp_of(const std::filesystem::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {static_cast<std::int64_t>(found.st_dev), static_cast<std::int64_t>(found.st_ino),
          found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

}  // namespace vscard::program
