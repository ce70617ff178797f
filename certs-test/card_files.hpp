#pragma once

#include "certs-test/manifest.hpp"
#include "certs-test/x509.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <filesystem>
#include <string>

/// The files of the CA and of a card, and their entries in the manifest.
namespace vscard::certs_test {

struct Card {
  std::string name;
  std::string defect;
  std::array<const Credential*, 3> credentials;  ///< identity, signing, encryption
};

/// In the order of Card::credentials.
inline constexpr std::array<const char*, 3> kNicknames{"id", "sign", "enc"};

/// Writes into `root`, at the place (relative) that the entry then names.
Result<CaEntry> write_ca(const std::filesystem::path& root, const Credential& ca,
                         const X509_CRL& crl);
Result<CardEntry> write_card(const std::filesystem::path& root, const std::filesystem::path& place,
                             const Card& card, const Credential& ca,
                             const protocol::SecretBytes& pin);

}  // namespace vscard::certs_test
