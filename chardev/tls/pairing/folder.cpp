#include "chardev/tls/pairing/folder.hpp"

#include "chardev/access.hpp"
#include "chardev/descriptor.hpp"
#include "chardev/tls/pairing/identity.hpp"
#include "chardev/write_all.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <expected>
#include <fcntl.h>
#include <iterator>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vscard::chardev::tls::pairing {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFolderMode = 0700;
constexpr const char* kExtension = ".peer";
constexpr std::size_t kMaxNameLength = 48;  ///< characters
constexpr int kMaxSameName = 1000;
constexpr std::size_t kMaxFile = 16384;  ///< bytes

std::string why() { return file_error(errno); }

std::string text_of(std::time_t time) {
  std::tm utc{};
  std::array<char, sizeof "2026-11-28T13:50:00Z"> text{};
  if (::gmtime_r(&time, &utc) == nullptr) return "";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

/// A file of mode 0600, whole or not at all, and never in place of another: then errno is EEXIST.
bool create_file(const fs::path& path, protocol::Bytes content) {
  std::string draft = path.parent_path() / ".draft.XXXXXX";
  const Descriptor file(::mkostemp(draft.data(), O_CLOEXEC));
  if (file.number() < 0) return false;
  const bool made = write_all(file.number(), content) && ::fsync(file.number()) == 0 &&
                    ::link(draft.c_str(), path.c_str()) == 0;
  const int cause = errno;
  ::unlink(draft.c_str());
  errno = cause;
  return made;
}

Result<> check_owned(const fs::path& path, mode_t others) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return std::unexpected("cannot open " + path.string() + ": " + why());
  }
  if (found.st_uid != ::geteuid()) {
    return std::unexpected(path.string() + " belongs to another user; pair=DIR needs your own");
  }
  if ((found.st_mode & others) == 0) return {};
  return std::unexpected("others than its owner can use " + path.string() +
                         ": chmod go= " + path.string());
}

std::string field(const std::string& text, const std::string& name) {
  const std::string before = "\n" + name + ": ";
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return "";
  const std::size_t from = at + before.size();
  return text.substr(from, text.find('\n', from) - from);
}

/// Its certificate is null when it is not a peer's file. The error is errno.
std::expected<Pinned, int> read_peer(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat found{};
  if (file.number() < 0 || ::fstat(file.number(), &found) != 0) return std::unexpected(errno);
  std::string text(kMaxFile, '\0');
  const ssize_t size = S_ISREG(found.st_mode) ? ::read(file.number(), text.data(), kMaxFile) : 0;
  if (size < 0) return std::unexpected(errno);
  text.resize(static_cast<std::size_t>(size));
  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  const std::string fingerprint = certificate ? fingerprint_of(certificate.get()) : "";
  return Pinned{.peer = {.name = path.stem(),
                         .fingerprint = fingerprint,
                         .since = field(text, "since"),
                         .last_seen = text_of(found.st_mtime)},
                .host = field(text, "host"),
                .certificate = std::move(certificate)};
}

std::string peer_file(const std::string& host, X509* certificate) {
  return "A machine that was paired; vscclient(1) says more.\nhost: " + host +
         "\nsince: " + text_of(std::time(nullptr)) + "\n" + pem_of(certificate);
}

protocol::Bytes bytes_of(const std::string& text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

}  // namespace

Result<> Folder::open() const {
  if (::mkdir(path_.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return std::unexpected("cannot make the folder " + path_.string() + ": " + why());
  }
  if (!fs::is_directory(path_)) return std::unexpected(path_.string() + " is not a folder");
  if (auto safe = check_owned(path_, S_IRWXG | S_IRWXO); !safe) return safe;
  if (::access(key_file().c_str(), F_OK) != 0) {
    const auto identity = new_identity(host_name());
    if (!create_file(key_file(), identity.view()) && errno != EEXIST) {
      return std::unexpected("cannot write " + key_file() + ": " + why());
    }
  }
  if (!fs::is_regular_file(key_file())) return std::unexpected(key_file() + " is not a file");
  return check_owned(key_file(), S_IRWXG | S_IRWXO);
}

Result<std::vector<Pinned>> Folder::peers() const {
  std::error_code failed;
  std::vector<Pinned> peers;
  for (const auto& entry : fs::directory_iterator(path_, failed)) {
    if (entry.path().extension() != kExtension) continue;
    auto peer = read_peer(entry.path());
    if (!peer && peer.error() == ENOENT) continue;  // another process has just removed it
    if (!peer) {
      return std::unexpected("cannot read " + entry.path().string() + ": " +
                             file_error(peer.error()));
    }
    if (peer->certificate) peers.push_back(std::move(*peer));
  }
  if (failed == std::errc::no_such_file_or_directory) return peers;
  if (failed)
    return std::unexpected("cannot read " + path_.string() + ": " + file_error(failed.value()));
  std::ranges::sort(peers, {}, [](const Pinned& pinned) { return pinned.peer.name; });
  return peers;
}

Result<std::string> Folder::add(std::string_view name, const std::string& host,
                                X509* certificate) const {
  const auto known = peers();
  if (!known) return std::unexpected(known.error());
  for (const Pinned& pinned : *known) {
    const bool same = pinned.host == host && same_key(pinned.certificate.get(), certificate);
    if (same) ::unlink(file_of(pinned.peer.name).c_str());
  }
  const std::string wanted = safe_name(name);
  for (int number = 1; number <= kMaxSameName; ++number) {
    std::string free = number == 1 ? wanted : wanted + "-" + std::to_string(number);
    if (create_file(file_of(free), bytes_of(peer_file(host, certificate)))) return free;
    if (errno != EEXIST) break;
  }
  return std::unexpected("cannot write " + file_of(wanted).string() + ": " + why());
}

Result<> Folder::remove(const std::string& name) const {
  const auto known = peers();
  if (!known) return std::unexpected(known.error());
  const auto is_it = [&name](const Pinned& pinned) { return pinned.peer.name == name; };
  if (std::ranges::none_of(*known, is_it)) {
    return std::unexpected("'" + name + "' is not paired; pairings lists those that are");
  }
  if (::unlink(file_of(name).c_str()) == 0) return {};
  return std::unexpected("cannot remove " + file_of(name).string() + ": " + why());
}

void Folder::note_seen(const std::string& name) const {
  ::utimensat(AT_FDCWD, file_of(name).c_str(), nullptr, 0);
}

std::string safe_name(std::string_view name) {
  std::string safe(name.substr(0, kMaxNameLength));
  for (char& c : safe) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '.' && c != '_' && c != '-') c = '-';
  }
  safe.erase(0, std::min(safe.find_first_not_of(".-"), safe.size()));
  return safe.empty() ? "peer" : safe;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "peer";
  return safe_name(name.data());
}

}  // namespace vscard::chardev::tls::pairing
