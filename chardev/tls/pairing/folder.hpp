#pragma once

#include "chardev/pairing.hpp"
#include "chardev/tls/context.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::chardev::tls::pairing {

/// A peer as the folder has it.
struct Pinned {
  PairedPeer peer;
  std::string host;  ///< where it listens; empty: it is one that connects
  CertificatePtr certificate;
};

/// pair=DIR: key.pem, this side's key and certificate, and NAME.peer for each that was paired.
/// Several processes may use it. Errors are lines for the user.
class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {}

  /// Makes the folder and the key where they are absent, and refuses what others could change or
  /// read.
  Result<> open() const;
  const std::filesystem::path& path() const { return path_; }
  /// The PEM file with this side's key and certificate.
  std::string key_file() const { return path_ / "key.pem"; }

  /// None where there is no folder.
  Result<std::vector<Pinned>> peers() const;
  /// Keeps a peer under a name like `name`, which it gives; one with the same key and
  /// host is replaced.
  Result<std::string> add(std::string_view name, const std::string& host, X509* certificate) const;
  Result<> remove(const std::string& name) const;
  /// It has connected now.
  void note_seen(const std::string& name) const;

 private:
  std::filesystem::path file_of(const std::string& name) const { return path_ / (name + ".peer"); }

  std::filesystem::path path_;
};

/// A name for a file and for ctl: of what a peer calls itself, letters, digits, '.', '_' and '-'.
std::string safe_name(std::string_view name);
/// This machine's.
std::string host_name();

}  // namespace vscard::chardev::tls::pairing
