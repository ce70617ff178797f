#include "certs-test/card_files.hpp"

#include "cards/piv/contents.hpp"
#include "cards/piv/factory.hpp"
#include "cards/piv/folder.hpp"
#include "cards/piv/pin.hpp"
#include "certs-test/encoding.hpp"
#include "certs-test/nss.hpp"
#include "certs-test/staging.hpp"

#include <fmt/chrono.h>

#include <array>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

namespace vscard::certs_test {
namespace {

namespace fs = std::filesystem;
namespace piv = cards::piv;
using protocol::SecretBytes;

constexpr ::mode_t kPublicFile = 0644;
constexpr ::mode_t kPrivateFile = 0600;
constexpr ::mode_t kPublicFolder = 0755;
constexpr ::mode_t kPrivateFolder = 0700;

using Encoded = Result<SecretBytes>;

/// Writes what was encoded, or passes its error on.
Result<> write(const fs::path& file, const Encoded& encoded, ::mode_t mode) {
  if (!encoded) return std::unexpected(encoded.error());
  return write_file(file, encoded->view(), mode);
}

Result<> make_folders(const fs::path& folder) {
  if (auto made = make_folder(folder, kPublicFolder); !made) return made;
  return make_folder(folder / "private", kPrivateFolder);
}

std::string to_text(std::chrono::sys_seconds time) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

CertificateEntry entry_of(const Credential& credential, const char* nickname,
                          const fs::path& place) {
  const std::string name = nickname;
  return {.nickname = name,
          .subject = credential.profile.common_name,
          .serial = serial_of(*credential.certificate),
          .key_usage = credential.profile.key_usage,
          .extended_key_usage = credential.profile.extended_key_usage,
          .not_before = to_text(credential.profile.validity.from),
          .not_after = to_text(credential.profile.validity.to),
          .certificate = place / (name + ".pem"),
          .key = place / "private" / (name + ".key"),
          .pkcs12 = place / "private" / (name + ".p12")};
}

Result<> write_credential(const fs::path& root, const CertificateEntry& entry,
                          const Credential& credential, std::span<X509* const> chain,
                          const SecretBytes& pin) {
  auto written = write(root / entry.certificate, to_pem(*credential.certificate), kPublicFile);
  if (written) written = write(root / entry.key, to_pem(*credential.key), kPrivateFile);
  if (written)
    written =
        write(root / entry.pkcs12, to_pkcs12(credential, entry.nickname, chain, pin), kPrivateFile);
  return written;
}

Result<> write_database(const fs::path& folder, const Card& card, const Credential& ca,
                        const SecretBytes& pin) {
  const Encoded ca_der = to_der(*ca.certificate);
  if (!ca_der) return std::unexpected(ca_der.error());
  std::vector<nss::Credential> content;
  for (std::size_t i = 0; i < kNicknames.size(); ++i) {
    Encoded certificate = to_der(*card.credentials[i]->certificate);
    Encoded key = to_der(*card.credentials[i]->key);
    if (!certificate) return std::unexpected(certificate.error());
    if (!key) return std::unexpected(key.error());
    content.push_back({kNicknames[i], std::move(*certificate), std::move(*key)});
  }
  return nss::make_database(folder, pin, *ca_der, content);
}

Result<std::vector<piv::KeyAndCertificate>> piv_contents(const Card& card) {
  constexpr std::array kSlots{piv::Slot::Authentication, piv::Slot::Signature,
                              piv::Slot::KeyManagement};
  std::vector<piv::KeyAndCertificate> contents;
  for (std::size_t i = 0; i < kSlots.size(); ++i) {
    const Encoded der = to_der(*card.credentials[i]->certificate);
    if (!der) return std::unexpected(der.error());
    EVP_PKEY* const key = card.credentials[i]->key.get();
    EVP_PKEY_up_ref(key);
    contents.push_back({.key = piv::Pkey(key),
                        .certificate = {der->view().begin(), der->view().end()},
                        .slot = kSlots[i]});
  }
  return contents;
}

Result<> write_piv_card(const fs::path& folder, const Card& card, const CardSecrets& secrets) {
  const auto contents = piv_contents(card);
  if (!contents) return std::unexpected(contents.error());
  piv::NewCard made = piv::new_card();
  made.pin = piv::padded(secrets.pin.view());
  made.work = secrets.full_work ? piv::WorkFactor::Standard : piv::WorkFactor::Least;
  piv::State state = piv::make_card(made);
  if (auto put = piv::put_keys(state, *contents); !put) return put;
  const auto place = piv::Folder::open(folder);
  if (!place) return std::unexpected(place.error());
  return place->store(piv::encode(state).view());
}

}  // namespace

Result<CaEntry> write_ca(const fs::path& root, const Credential& ca, const X509_CRL& crl) {
  CaEntry entry{.subject = ca.profile.common_name,
                .serial = serial_of(*ca.certificate),
                .not_before = to_text(ca.profile.validity.from),
                .not_after = to_text(ca.profile.validity.to),
                .certificate = "ca/ca.pem",
                .key = "ca/private/ca.key",
                .crl = "ca/crl.pem",
                .crl_der = "ca/crl.der"};
  auto written = make_folders(root / "ca");
  if (written) written = write(root / entry.certificate, to_pem(*ca.certificate), kPublicFile);
  if (written) written = write(root / entry.key, to_pem(*ca.key), kPrivateFile);
  if (written) written = write(root / entry.crl, to_pem(crl), kPublicFile);
  if (written) written = write(root / entry.crl_der, to_der(crl), kPublicFile);
  if (!written) return std::unexpected(written.error());
  return entry;
}

Result<CardEntry> write_card(const fs::path& root, const fs::path& place, const Card& card,
                             const Credential& ca, const CardSecrets& secrets) {
  const bool piv = card.type == CardType::Piv;
  CardEntry entry{.name = card.name,
                  .defect = card.defect,
                  .type = card.type,
                  .folder = place / (piv ? "piv" : "nssdb"),
                  .certificates = {}};
  auto written = make_folders(root / place);
  for (std::size_t i = 0; i < kNicknames.size() && written; ++i) {
    entry.certificates.push_back(entry_of(*card.credentials[i], kNicknames[i], place));
    std::vector<X509*> chain{ca.certificate.get()};
    if (i == 0 && card.intermediate != nullptr)
      chain.insert(chain.begin(), card.intermediate->certificate.get());
    written =
        write_credential(root, entry.certificates.back(), *card.credentials[i], chain, secrets.pin);
  }
  if (written)
    written = piv ? write_piv_card(root / entry.folder, card, secrets)
                  : write_database(root / entry.folder, card, ca, secrets.pin);
  if (!written) return std::unexpected(written.error());
  return entry;
}

Result<> write_issuer(const fs::path& folder, const Credential& issuer, const X509_CRL& crl) {
  auto written = write(folder / "issuer.pem", to_pem(*issuer.certificate), kPublicFile);
  if (written) written = write(folder / "crl.pem", to_pem(crl), kPublicFile);
  return written;
}

}  // namespace vscard::certs_test
