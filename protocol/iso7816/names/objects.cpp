#include "protocol/iso7816/names/objects.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace vscard::protocol::iso7816::names {
namespace {

/// The tables are in ascending order.
struct KnownObject {
  std::uint32_t number;
  std::string_view name;
};

/// NIST SP 800-73-4 part 1 table 3, and Yubico's.
constexpr auto kPivObjects = std::to_array<KnownObject>({
    {0x7e, "discovery object"},
    {0x7f61, "biometric group template"},
    {0x5fc101, "certificate 9e, card authentication"},
    {0x5fc102, "cardholder unique id"},
    {0x5fc103, "fingerprints"},
    {0x5fc105, "certificate 9a, authentication"},
    {0x5fc106, "security object"},
    {0x5fc107, "capability container"},
    {0x5fc108, "facial image"},
    {0x5fc109, "printed information"},
    {0x5fc10a, "certificate 9c, signature"},
    {0x5fc10b, "certificate 9d, key management"},
    {0x5fc10c, "key history"},
    {0x5fc121, "iris images"},
    {0x5fc122, "secure messaging signer"},
    {0x5fc123, "pairing code"},
    {0x5fff00, "Yubico admin data"},
    {0x5fff01, "attestation certificate"},
});
constexpr std::uint32_t kFirstRetired = 0x5fc10d;
constexpr std::uint32_t kLastRetired = 0x5fc120;
constexpr std::uint32_t kFirstRetiredKey = 0x82;
constexpr std::uint32_t kLastRetiredKey = 0x95;

/// NIST SP 800-78-4 table 6-1.
constexpr auto kPivKeys = std::to_array<KnownObject>({
    {0x04, "secure messaging key"},
    {0x9a, "key 9a, authentication"},
    {0x9b, "key 9b, management"},
    {0x9c, "key 9c, signature"},
    {0x9d, "key 9d, key management"},
    {0x9e, "key 9e, card authentication"},
    {0xf9, "key f9, attestation"},
});
constexpr auto kPivPins = std::to_array<KnownObject>({
    {0x00, "global PIN"},
    {0x80, "PIN"},
    {0x81, "PUK"},
    {0x96, "fingerprint"},
    {0x98, "pairing code"},
});

/// OpenPGP application 3.4 §4.4.
constexpr auto kOpenPgpObjects = std::to_array<KnownObject>({
    {0x4f, "application identifier"},
    {0x5b, "name"},
    {0x5e, "login"},
    {0x65, "cardholder data"},
    {0x6e, "application data"},
    {0x73, "discretionary data"},
    {0x7a, "security template"},
    {0x93, "signature counter"},
    {0xc0, "extended capabilities"},
    {0xc1, "algorithm of the signature key"},
    {0xc2, "algorithm of the decryption key"},
    {0xc3, "algorithm of the authentication key"},
    {0xc4, "PIN status"},
    {0xc5, "fingerprints of keys"},
    {0xc6, "fingerprints of CAs"},
    {0xc7, "fingerprint of the signature key"},
    {0xc8, "fingerprint of the decryption key"},
    {0xc9, "fingerprint of the authentication key"},
    {0xca, "fingerprint of CA 1"},
    {0xcb, "fingerprint of CA 2"},
    {0xcc, "fingerprint of CA 3"},
    {0xcd, "dates of keys"},
    {0xce, "date of the signature key"},
    {0xcf, "date of the decryption key"},
    {0xd0, "date of the authentication key"},
    {0xd3, "resetting code"},
    {0xd5, "AES key"},
    {0xd6, "touch policy of the signature key"},
    {0xd7, "touch policy of the decryption key"},
    {0xd8, "touch policy of the authentication key"},
    {0xf9, "key derivation"},
    {0xfa, "algorithms"},
    {0x0101, "private object 1"},
    {0x0102, "private object 2"},
    {0x0103, "private object 3"},
    {0x0104, "private object 4"},
    {0x5f2d, "language"},
    {0x5f35, "sex"},
    {0x5f50, "URL"},
    {0x5f52, "historical bytes"},
    {0x7f21, "certificate"},
    {0x7f66, "extended lengths"},
    {0x7f74, "features"},
});
constexpr auto kOpenPgpPins = std::to_array<KnownObject>({
    {0x81, "PIN, for signatures"},
    {0x82, "PIN, for other uses"},
    {0x83, "admin PIN"},
});

/// ISO 7816-6 and GlobalPlatform.
constexpr auto kObjects = std::to_array<KnownObject>({
    {0x42, "issuer id"},
    {0x45, "card data"},
    {0x66, "card recognition data"},
    {0xe0, "key information"},
    {0x5f50, "URL"},
    {0x9f7f, "production data (CPLC)"},
});

/// ISO 7816-4 §8.2.1, 7816-15 §7.
constexpr auto kFiles = std::to_array<KnownObject>({
    {0x011c, "EF.CardAccess"},
    {0x2f00, "EF.DIR"},
    {0x2f01, "EF.ATR"},
    {0x3f00, "master file"},
    {0x3fff, "this application"},
    {0x5015, "PKCS#15 application"},
    {0x5031, "EF.OD"},
    {0x5032, "EF.CIAInfo"},
    {0x5033, "EF.UnusedSpace"},
});

std::string_view find(std::span<const KnownObject> table, std::uint32_t number) {
  const auto found = std::ranges::lower_bound(table, number, {}, &KnownObject::number);
  return found != table.end() && found->number == number ? found->name : "";
}

std::string in_hex(std::string_view kind, std::uint32_t number, unsigned least_digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (; number > 0 || text.size() < least_digits; number >>= 4) text += kDigits[number & 0xf];
  std::ranges::reverse(text);
  return std::string(kind) + " " + text;
}

std::string name_or_number(std::string_view name, std::string_view kind, std::uint32_t number,
                           unsigned least_digits) {
  return name.empty() ? in_hex(kind, number, least_digits) : std::string(name);
}

/// Retired keys and their certificates are numbered alike, from 82 on.
std::string retired(std::string_view what, std::uint32_t key) {
  return in_hex(what, key, 2) + ", retired";
}

}  // namespace

std::string data_object_name(std::uint32_t tag, Family family) {
  if (family == Family::Piv && tag >= kFirstRetired && tag <= kLastRetired) {
    return retired("certificate", tag - kFirstRetired + kFirstRetiredKey);
  }
  std::string_view name;
  if (family == Family::Piv) name = find(kPivObjects, tag);
  if (family == Family::OpenPgp) name = find(kOpenPgpObjects, tag);
  return name_or_number(name.empty() ? find(kObjects, tag) : name, "tag", tag, 2);
}

std::string key_name(std::uint8_t key, Family family) {
  if (family == Family::Piv && key >= kFirstRetiredKey && key <= kLastRetiredKey) {
    return retired("key", key);
  }
  return name_or_number(family == Family::Piv ? find(kPivKeys, key) : "", "key", key, 2);
}

std::string pin_name(std::uint8_t pin, Family family) {
  std::string_view name;
  if (family == Family::Piv) name = find(kPivPins, pin);
  if (family == Family::OpenPgp) name = find(kOpenPgpPins, pin);
  return name_or_number(name, "PIN", pin, 2);
}

std::string file_name(std::uint16_t identifier) {
  return name_or_number(find(kFiles, identifier), "file", identifier, 4);
}

}  // namespace vscard::protocol::iso7816::names
