#pragma once

#include "protocol/failure.hpp"

#include <filesystem>
#include <string>

/// What a program owes to those that start it (daemon(7), sd_notify(3)).
namespace vscard::program {

inline constexpr int kFailed = 1;
inline constexpr int kWrongCommandLine = 2;

/// A file with the process's number, there from its making until its end.
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
  explicit PidFile(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;  ///< empty: moved from
};

/// Tells systemd that the program is ready (READY=1); does nothing where it was not started by it.
void notify_ready();
/// … and that it is about to end (STOPPING=1).
void notify_stopping();

}  // namespace vscard::program
