#include "cards/libcacard/card_of_keys.hpp"

#include "cards/libcacard/card.hpp"
#include "cards/libcacard/kinds.hpp"
#include "cards/libcacard/memory_folder.hpp"
#include "certs-test/encoding.hpp"
#include "certs-test/nss.hpp"
#include "certs-test/pin.hpp"
#include "program/held_signals.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace vscard::cards::libcacard {
namespace {

namespace nss = certs_test::nss;

/// NSS lets each nickname stand for one subject.
Result<std::vector<nss::Credential>> credentials_of(std::span<const KeyAndCertificate> keys) {
  std::vector<nss::Credential> credentials;
  for (const auto& [key, certificate] : keys) {
    auto key_der = certs_test::to_der(*key);
    if (!key_der) return std::unexpected(key_der.error());
    auto certificate_der = certs_test::to_der(*certificate);
    if (!certificate_der) return std::unexpected(certificate_der.error());
    credentials.push_back({.nickname = "key" + std::to_string(credentials.size() + 1),
                           .certificate = std::move(*certificate_der),
                           .key = std::move(*key_der)});
  }
  return credentials;
}

}  // namespace

Result<Became> card_of_keys(std::string name, std::span<const KeyAndCertificate> keys,
                            const protocol::SecretBytes& pin,
                            std::vector<std::filesystem::path> made_of) {
  if (const auto right = certs_test::check_pin(pin); !right) return std::unexpected(right.error());
  const auto credentials = credentials_of(keys);
  if (!credentials) return std::unexpected(credentials.error());
  const program::HeldSignals held;  // until the folder is gone or has its owner
  auto folder = MemoryFolder::make();
  if (!folder) return std::unexpected(folder.error());
  const auto database = folder->path() / "nssdb";
  const nss::FewRounds few_rounds;
  const auto made = nss::make_database(database, pin, {}, *credentials);
  if (!made) return std::unexpected(made.error());
  return Became{
      .spec = {.kind = &kSoft,
               .name = std::move(name),
               .details = Card(SoftCard{
                   .database = database, .certificates = {}, .made_of = std::move(made_of)})},
      .until_open = std::make_shared<MemoryFolder>(std::move(*folder))};
}

}  // namespace vscard::cards::libcacard
