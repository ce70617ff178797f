#include "cards/piv/folder.hpp"

#include "cards/piv/openssl.hpp"
#include "chardev/descriptor.hpp"
#include "chardev/secret_input.hpp"
#include "chardev/write_all.hpp"
#include "program/state_folder.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::cards::piv {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kMode = 0600;

/// The process that has the lock writes to it, and its name is always the same: what a process that
/// was killed left is written over.
fs::path draft(const fs::path& folder) { return folder / "card.new"; }
fs::path file(const fs::path& folder) { return folder / "card"; }

std::unexpected<Failure> failure(std::string_view what, const fs::path& path, int cause = errno) {
  return std::unexpected(Failure{"cannot " + std::string(what) + " " + path.string() + ": " +
                                 std::system_category().message(cause)});
}

constexpr std::size_t kDigestSize = 32;

/// SHA-256, which stands behind the state: a damaged file would have a PIN that is never right.
std::array<std::uint8_t, kDigestSize> digest_of(Bytes state) {
  std::array<std::uint8_t, kDigestSize> digest{};
  if (EVP_Digest(state.data(), state.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw CryptoError("SHA-256");
  }
  return digest;
}

/// Nothing: reading fails. The file may have grown or shrunk since its size was asked for.
std::optional<SecretBytes> read_all(int number, std::size_t size) {
  auto bytes = SecretBytes::zeros(size);
  std::size_t at = 0;
  while (at < size) {
    const ssize_t count = ::read(number, bytes.data().data() + at, size - at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    at += static_cast<std::size_t>(count);
  }
  bytes.truncate(at);
  return bytes;
}

}  // namespace

Result<std::optional<Folder>> Folder::open_if_free(const fs::path& path) {
  if (auto made = program::make_private_folder(path); !made) return std::unexpected(made.error());
  auto lock = program::LockFile::take_if_free(path / "lock");
  if (!lock) return std::unexpected(lock.error());
  if (!*lock) return std::nullopt;
  return Folder(path, std::move(**lock));
}

Result<Folder> Folder::open(const fs::path& path) {
  auto folder = open_if_free(path);
  if (!folder) return std::unexpected(folder.error());
  if (*folder) return std::move(**folder);
  return std::unexpected("the PIV card in " + path.string() +
                         " is in use, by another program or another --card; give each card a "
                         "folder of its own with --card piv:dir=DIR");
}

Result<std::optional<State>> Folder::load(const fs::path& folder) {
  const fs::path path = file(folder);
  const chardev::Descriptor opened(
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (opened.number() < 0 && errno == ENOENT) return std::nullopt;
  struct stat found{};
  if (opened.number() < 0 || ::fstat(opened.number(), &found) != 0) return failure("open", path);
  const std::unexpected<Failure> damaged(
      Failure{path.string() + " is not the file of a PIV card, or is damaged; put it aside, and a "
                              "new card is made"});
  if (!S_ISREG(found.st_mode) || std::cmp_greater(found.st_size, kMaxState + kDigestSize))
    return damaged;
  const auto bytes = read_all(opened.number(), static_cast<std::size_t>(found.st_size));
  if (!bytes) return failure("read", path);
  const std::size_t size = bytes->size() - std::min(bytes->size(), kDigestSize);
  const Bytes content = bytes->view().first(size);
  if (!std::ranges::equal(bytes->view().subspan(size), digest_of(content))) return damaged;
  auto state = decode(content);
  if (!state) return damaged;
  return state;
}

std::optional<std::string> Folder::exposure() const {
  return chardev::exposure_of(file(path_).string());
}

Result<> Folder::store(Bytes state) const {
  const fs::path path = draft(path_);
  const chardev::Descriptor opened(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kMode));
  if (opened.number() < 0) return failure("open", path);
  using chardev::write_all;
  if (!write_all(opened.number(), state) || !write_all(opened.number(), digest_of(state)) ||
      ::fsync(opened.number()) != 0 || ::fchmod(opened.number(), kMode) != 0) {
    return failure("write", path);
  }
  if (::rename(path.c_str(), file(path_).c_str()) != 0) return failure("write", file(path_));
  const chardev::Descriptor folder(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0 || ::fsync(folder.number()) != 0) return failure("write", path_);
  return {};
}

}  // namespace vscard::cards::piv
