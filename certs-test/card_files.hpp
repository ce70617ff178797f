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
  CardType type;
  std::string name;
  std::string defect;
  std::array<const Credential*, 3> credentials;  ///< identity, signing, encryption
  const Credential* intermediate = nullptr;      ///< goes along with the identity
};

struct CardSecrets {
  const protocol::SecretBytes& pin;
  bool full_work = false;  ///< of a PIV card, to get from the PIN to its keys
};

/// In the order of Card::credentials.
inline constexpr std::array<const char*, 3> kNicknames{"id", "sign", "enc"};

/// Writes into `root`, at the place (relative) that the entry then names.
Result<CaEntry> write_ca(const std::filesystem::path& root, const Credential& ca,
                         const X509_CRL& crl);
Result<CardEntry> write_card(const std::filesystem::path& root, const std::filesystem::path& place,
                             const Card& card, const Credential& ca, const CardSecrets& secrets);

/// issuer.pem and crl.pem of an intermediate CA, in the folder of the bad card.
Result<> write_issuer(const std::filesystem::path& folder, const Credential& issuer,
                      const X509_CRL& crl);

}  // namespace vscard::certs_test
