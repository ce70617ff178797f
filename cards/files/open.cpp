// files::open(): from what --card says to readers.

#include "cards/files/kind.hpp"
#include "cards/files/options.hpp"
#include "cards/files/places.hpp"
#include "cards/files/read.hpp"
#include "cards/piv/memory_card.hpp"
#include "cards/separate_cards.hpp"

#include <openssl/asn1.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::cards::files {
namespace {

constexpr std::string_view kUsualPin = "12345678";

protocol::SecretBytes pin_of(const OpenOptions& options) {
  if (!options.new_pin.empty()) return options.new_pin.clone();
  return protocol::SecretBytes::copy_of(
      std::vector<std::uint8_t>(kUsualPin.begin(), kUsualPin.end()));
}

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

/// "soft: 9A: CN=Alice (me), P-256, valid until 2028-04-11".
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

Result<std::unique_ptr<cards::Reader>> reader_of(const asio::any_io_executor& executor,
                                                 const CardSpec& spec, const OpenOptions& options) {
  auto found = read_all(options_of(spec), options.tell);
  if (!found) return std::unexpected(found.error());
  const auto places = places_of(found->usable, found->lines);
  for (const std::string& line : found->lines) options.warn(spec.name + ": " + line);
  if (places.empty()) {
    return std::unexpected("the card '" + spec.name +
                           "' has no key with a certificate that a PIV card can show");
  }
  for (const Place& place : places) options.tell(line_of(spec.name, place));
  return piv::make_memory_card(executor, contents_of(places), pin_of(options), spec.name);
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  return open_separately(specs,
                         [&](const CardSpec& spec) { return reader_of(executor, spec, options); });
}

}  // namespace vscard::cards::files
