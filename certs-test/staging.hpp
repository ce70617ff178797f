#pragma once

#include "certs-test/error.hpp"
#include "protocol/bytes.hpp"

#include <expected>
#include <filesystem>
#include <sys/types.h>

namespace vscard::certs_test {

/// Makes a folder appear complete or not at all: it is filled under a hidden name beside its place
/// (".NAME.partial-…") and renamed at the end. Dropped before that, it is removed.
class Staging {
 public:
  static std::expected<Staging, Error> beside(const std::filesystem::path& place);

  Staging(Staging&& other) noexcept;
  Staging& operator=(Staging&&) = delete;
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging();

  /// Where to put the content; readable by the user alone.
  const std::filesystem::path& path() const { return path_; }

  /// Renames to the place, which must be free or an empty folder.
  std::expected<void, Error> publish();
  /// The same, and removes the folder that was there.
  std::expected<void, Error> replace();

 private:
  Staging(std::filesystem::path place, std::filesystem::path path);

  std::filesystem::path place_;
  std::filesystem::path path_;  ///< empty once it is published or moved from
};

std::expected<void, Error> make_folder(const std::filesystem::path& folder, ::mode_t mode);

/// A new file, on the disk when this returns.
std::expected<void, Error> write_file(const std::filesystem::path& file, protocol::Bytes bytes,
                                      ::mode_t mode);

}  // namespace vscard::certs_test
