#pragma once

#include "certs-test/kinds.hpp"
#include "protocol/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vscard::certs_test {

inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr std::uintmax_t kMaxManifestSize = 1 << 20;  ///< bytes

// What a folder of soft cards holds. Paths are relative to that folder.

struct CertificateEntry {
  std::string nickname;                         ///< in the card's NSS database
  std::string subject;                          ///< common name
  std::string serial;                           ///< hexadecimal
  std::vector<std::string> key_usage;           ///< as openssl names them: "digitalSignature"
  std::vector<std::string> extended_key_usage;  ///< "clientAuth"
  std::string not_before;                       ///< "2026-01-31T12:00:00Z"
  std::string not_after;
  std::filesystem::path certificate;  ///< PEM
  std::filesystem::path key;          ///< PEM, PKCS#8, not encrypted
  std::filesystem::path pkcs12;       ///< with the PIN as password
  bool operator==(const CertificateEntry&) const = default;
};

struct CardEntry {
  std::string name;
  std::string defect;  ///< why it must be refused ("expired"); empty for a good card
  CardType type = CardType::Cac;
  std::filesystem::path folder;                ///< of the NSS database, or of the PIV card
  std::vector<CertificateEntry> certificates;  ///< identity, signing, encryption
  bool operator==(const CardEntry&) const = default;
};

struct CaEntry {
  std::string subject;
  std::string serial;
  std::string not_before;
  std::string not_after;
  std::filesystem::path certificate;  ///< PEM
  std::filesystem::path key;          ///< PEM
  std::filesystem::path crl;          ///< PEM
  std::filesystem::path crl_der;
  bool operator==(const CaEntry&) const = default;
};

struct Manifest {
  CaEntry ca;
  std::vector<CardEntry> cards;  ///< at least one; the good ones first
  bool operator==(const Manifest&) const = default;
};

std::string to_json(const Manifest& manifest);

/// `text` may be anything. Paths that lead out of the folder are an error.
Result<Manifest> parse_manifest(const std::string& text);

/// The soft cards in `folder`: none when it is missing or empty. An error says that something else
/// or a damaged set is there: no readable manifest, or a card that it names is missing.
Result<std::optional<Manifest>> find_soft_cards(const std::filesystem::path& folder);

}  // namespace vscard::certs_test
