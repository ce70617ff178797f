#pragma once

#include "cards/piv/state.hpp"
#include "program/lock_file.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace vscard::cards::piv {

/// Where a card's state lies: the file "card", which is replaced as a whole, in a folder that one
/// process at a time has. Failures are lines for the user.
class Folder {
 public:
  /// Makes the folder if it is not there.
  static Result<Folder> open(const std::filesystem::path& path);
  /// Nothing if another program, or another card of this one, has it.
  static Result<std::optional<Folder>> open_if_free(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }

  /// Nothing: there is no card yet.
  Result<std::optional<State>> load() const { return load(path_); }
  /// As it is now, whoever has the folder.
  static Result<std::optional<State>> load(const std::filesystem::path& folder);
  /// Can others read the file? Then a line for the user; what is stored next they cannot.
  std::optional<std::string> exposure() const;
  /// Whatever happens, the file has either the old or the new state. After success it has the new
  /// one even if the power goes.
  Result<> store(Bytes state) const;

 private:
  Folder(std::filesystem::path path, program::LockFile lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  program::LockFile lock_;
};

}  // namespace vscard::cards::piv
