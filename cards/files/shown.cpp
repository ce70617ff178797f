#include "cards/files/shown.hpp"

#include <openssl/asn1.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

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

/// "9A" and so on.
std::string name_of(piv::Slot slot) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto number = static_cast<std::uint8_t>(slot);
  return {kDigits[number >> 4], kDigits[number & 0xf]};
}

std::string last_day(const X509& certificate) {
  tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1) return "?";
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &time);
  return text.data();
}

}  // namespace

std::string line_of(const std::string& card, const Place& place) {
  const Identity& it = *place.identity;
  std::string line = card + ": " + name_of(place.slot) + ": " + subject_of(*it.certificate);
  if (!it.name.empty()) line += " (" + it.name + ")";
  return line + ", " + kind_of(*it.key) + ", valid until " + last_day(*it.certificate);
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
