#include "program/whole_file.hpp"

#include "chardev/descriptor.hpp"
#include "chardev/write_all.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;

std::unexpected<Failure> system_failure(int cause = errno) {
  return std::unexpected(Failure{std::system_category().message(cause)});
}

protocol::Bytes bytes_of(std::string_view text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

Result<FileIdentity> fill(int file, std::string_view text, mode_t mode) {
  if (!chardev::write_all(file, bytes_of(text))) return system_failure();
  struct stat made{};
  if (::fchmod(file, mode) != 0 || ::fstat(file, &made) != 0) return system_failure();
  return FileIdentity{.device = made.st_dev, .inode = made.st_ino};
}

}  // namespace

Result<FileIdentity> write_whole_file(const fs::path& path, std::string_view text, mode_t mode) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
    return std::unexpected(Failure{"not a regular file"});
  }
  // Hidden: pcscd reads every other file of its folder.
  std::string draft = path.parent_path() / ("." + path.filename().string() + ".XXXXXX");
  const chardev::Descriptor file(::mkostemp(draft.data(), O_CLOEXEC));
  if (file.number() < 0) return system_failure();
  auto made = fill(file.number(), text, mode);
  if (made && ::rename(draft.c_str(), path.c_str()) != 0) made = system_failure();
  if (!made) ::unlink(draft.c_str());
  return made;
}

void remove_file(const fs::path& path, const FileIdentity& file) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return;
  if (FileIdentity{.device = found.st_dev, .inode = found.st_ino} == file) ::unlink(path.c_str());
}

}  // namespace vscard::program
