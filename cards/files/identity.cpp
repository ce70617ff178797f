#include "cards/files/identity.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

namespace vscard::cards::files {
namespace {

/// Of a leaf: longer chains are loops or nonsense.
constexpr std::size_t kMaxChain = 10;

using Found = std::vector<FoundCertificate>;

bool is_of(const FoundCertificate& found, const EVP_PKEY& key) {
  const EVP_PKEY* own = X509_get0_pubkey(found.certificate.get());
  return own != nullptr && EVP_PKEY_eq(own, &key) == 1;
}

/// The certificate of the key: the one that says so, else the first that is.
const FoundCertificate* certificate_of(const FoundKey& key, const Found& certificates) {
  const FoundCertificate* chosen = nullptr;
  for (const FoundCertificate& it : certificates) {
    if (!is_of(it, *key.key)) continue;
    if (!key.id.empty() && it.id == key.id) return &it;
    if (chosen == nullptr) chosen = &it;
  }
  return chosen;
}

bool same(const X509& a, const X509& b) { return X509_cmp(&a, &b) == 0; }

const X509* issuer_of(const X509& certificate, const Found& certificates) {
  for (const FoundCertificate& it : certificates) {
    X509* candidate = it.certificate.get();
    if (same(*candidate, certificate)) continue;
    if (X509_check_issued(candidate, const_cast<X509*>(&certificate)) == X509_V_OK) {
      return candidate;
    }
  }
  return nullptr;
}

Certificate copy_of(const X509& certificate) { return Certificate(X509_dup(&certificate)); }

std::vector<Certificate> chain_of(const X509& leaf, const Found& certificates) {
  std::vector<Certificate> chain;
  const X509* last = &leaf;
  while (chain.size() < kMaxChain) {
    last = issuer_of(*last, certificates);
    if (last == nullptr) break;
    chain.push_back(copy_of(*last));
  }
  return chain;
}

std::string about(const FoundKey& key) {
  return "the key" + (key.name.empty() ? "" : " '" + key.name + "'") + " (" + kind_of(*key.key) +
         ")";
}

/// Why a key has no certificate.
std::string alone(const FoundKey& key, const Found& certificates) {
  const auto names_it = [&key](const FoundCertificate& it) {
    return !key.id.empty() && it.id == key.id;
  };
  const auto named = std::ranges::find_if(certificates, names_it);
  const bool only_one = certificates.size() == 1;
  if (named != certificates.end() || only_one) {
    const auto& wrong = only_one ? certificates.front() : *named;
    return about(key) + " does not fit the certificate " + subject_of(*wrong.certificate) +
           "; export them together again";
  }
  return about(key) + " has no certificate, without which no program shows it; add it";
}

/// Why a certificate is not shown.
std::string left_out(const FoundCertificate& it, const std::vector<Identity>& identities) {
  const std::string about = "the certificate " + subject_of(*it.certificate);
  const auto of_key = std::ranges::find_if(
      identities, [&it](const Identity& identity) { return is_of(it, *identity.key); });
  if (of_key == identities.end()) return about + " has no key here, and is not shown";
  return about + " is left out: its key is shown with " + subject_of(*of_key->certificate) +
         ", which comes first; a card has one certificate for each key";
}

bool is_in(const X509& certificate, const std::vector<Identity>& identities) {
  return std::ranges::any_of(identities, [&certificate](const Identity& it) {
    return same(*it.certificate, certificate) ||
           std::ranges::any_of(it.chain,
                               [&](const Certificate& link) { return same(*link, certificate); });
  });
}

}  // namespace

Identities identify(Contents contents) {
  Identities found{.usable = {}, .lines = std::move(contents.lines)};
  for (FoundKey& key : contents.keys) {
    const FoundCertificate* leaf = certificate_of(key, contents.certificates);
    if (leaf == nullptr) {
      found.lines.push_back(alone(key, contents.certificates));
      continue;
    }
    found.usable.push_back({.key = std::move(key.key),
                            .certificate = copy_of(*leaf->certificate),
                            .chain = chain_of(*leaf->certificate, contents.certificates),
                            .name = key.name.empty() ? leaf->name : key.name});
  }
  for (const FoundCertificate& it : contents.certificates) {
    if (is_in(*it.certificate, found.usable)) continue;
    found.lines.push_back(left_out(it, found.usable));
  }
  ERR_clear_error();
  return found;
}

}  // namespace vscard::cards::files
