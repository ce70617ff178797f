#pragma once

#include "program/whole_file.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <string>

/// What a program owes to those that start it (daemon(7), sd_notify(3)).
namespace vscard::program {

inline constexpr int kFailed = 1;
inline constexpr int kWrongCommandLine = 2;

/// Says in the log what failed. \returns the program's status.
int fail(const protocol::Failure& failure);

/// A file with the process's number. It is removed at the end, unless another has its place by
/// then.
class PidFile {
 public:
  /// The error is a line for the user.
  static Result<PidFile> write(const std::filesystem::path& path);
  PidFile(PidFile&& other) noexcept;
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  PidFile(std::filesystem::path path, FileIdentity file) : path_(std::move(path)), file_(file) {}
  std::filesystem::path path_;  ///< empty: moved from
  FileIdentity file_;
};

/// For programs that hold PINs: no core dumps, and no other process of the same user can read the
/// memory (PR_SET_DUMPABLE). It ends with execve(2), so that programs that are started are as they
/// would be without it, their limit for core files too. Until then it counts in a child, too: its
/// files in /proc belong to root. A build with a sanitizer is left readable: LeakSanitizer attaches
/// to its own process.
void keep_memory_private();

/// As many as this process may have: the usual soft limit of 1024, which is there for select(2), is
/// soon reached by a program with many readers. Programs that it starts get the same.
void allow_all_descriptors();

/// Tells systemd that the program is ready (READY=1); does nothing where it was not started by it.
void notify_ready();
/// … and that it is about to end (STOPPING=1).
void notify_stopping();

}  // namespace vscard::program
