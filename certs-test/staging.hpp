#pragma once

#include "protocol/bytes.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <sys/types.h>

namespace vscard::certs_test {

/// Makes a folder appear complete or not at all: it is filled under a hidden name beside its place
/// (".NAME.partial-…") and renamed at the end. Dropped before that, it is removed.
class Staging {
 public:
  static Result<Staging> beside(const std::filesystem::path& place);

  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging();

  /// Where to put the content; readable by the user alone.
  const std::filesystem::path& path() const { return path_; }

  /// Renames to the place, which must be free or an empty folder.
  Result<> publish();
  /// The same, and removes the folder that was there.
  Result<> replace();

 private:
  Staging(std::filesystem::path place, std::filesystem::path path);

  std::filesystem::path place_;
  std::filesystem::path path_;  ///< empty once it is published or moved from
};

Result<> make_folder(const std::filesystem::path& folder, ::mode_t mode);

/// A new file, on the disk when this returns.
Result<> write_file(const std::filesystem::path& file, protocol::Bytes bytes, ::mode_t mode);

}  // namespace vscard::certs_test
