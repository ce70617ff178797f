#include "cards/files/shown.hpp"

#include "cards/piv/fitness.hpp"

#include <algorithm>

namespace vscard::cards::files {
namespace {

std::vector<std::uint8_t> der_of(const X509& certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(&certificate, &bytes);
  std::vector<std::uint8_t> der(bytes, bytes + std::max(size, 0));
  OPENSSL_free(bytes);
  return der;
}

piv::Pkey share(const Key& key) {
  EVP_PKEY_up_ref(key.get());
  return piv::Pkey(key.get());
}

}  // namespace

void report(const std::string& card, const std::vector<Place>& places, const OpenOptions& options) {
  for (const Place& it : places) {
    piv::report({.card = card, .slot = it.slot, .name = it.identity->name},
                *it.identity->certificate, options);
  }
}

std::vector<piv::KeyAndCertificate> contents_of(const std::vector<Place>& places) {
  std::vector<piv::KeyAndCertificate> keys;
  for (const Place& place : places) {
    keys.push_back({.key = share(place.identity->key),
                    .certificate = der_of(*place.identity->certificate),
                    .slot = place.slot});
  }
  return keys;
}

}  // namespace vscard::cards::files
