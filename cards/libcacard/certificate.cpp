#include "cards/libcacard/certificate.hpp"

#include "cards/libcacard/nss_handles.hpp"

#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <secoid.h>
#include <span>

namespace vscard::cards::libcacard {
namespace {

using protocol::Bytes;

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

Bytes bytes_of(const SECItem& item) { return {item.data, item.len}; }

/// NSS reads from an item and takes no ownership, but does not say const.
SECItem item_of(Bytes bytes) {
  return {siBuffer, const_cast<unsigned char*>(bytes.data()),
          static_cast<unsigned int>(bytes.size())};
}

std::string fingerprint(SECOidTag algorithm, Bytes der) {
  std::array<std::uint8_t, HASH_LENGTH_MAX> digest{};
  const auto size = static_cast<PRInt32>(der.size());
  if (PK11_HashBuf(algorithm, digest.data(), der.data(), size) != SECSuccess) return "";
  return hex_of(Bytes(digest).first(algorithm == SEC_OID_SHA1 ? 20 : 32));
}

/// The curve is an OID, with its tag and length in front.
std::string curve_of(const SECItem& parameters) {
  if (parameters.len <= 2) return "EC";
  const SECItem oid = item_of(bytes_of(parameters).subspan(2));
  switch (SECOID_FindOIDTag(&oid)) {
    case SEC_OID_SECG_EC_SECP256R1:
      return "EC P-256";
    case SEC_OID_SECG_EC_SECP384R1:
      return "EC P-384";
    case SEC_OID_SECG_EC_SECP521R1:
      return "EC P-521";
    default:
      return "EC";
  }
}

PublicKey key_of(CERTCertificate& certificate) {
  using enum PublicKey::Kind;
  const PublicKeyHandle key(CERT_ExtractPublicKey(&certificate));
  const KeyType type = key ? SECKEY_GetPublicKeyType(key.get()) : nullKey;
  if (type == ecKey) {
    return {.kind = Ec, .bits = 0, .name = curve_of(key->u.ec.DEREncodedParams)};
  }
  if (type != rsaKey && type != rsaPssKey) return {.kind = Other, .bits = 0, .name = "other key"};
  const unsigned bits = SECKEY_PublicKeyStrengthInBits(key.get());
  return {.kind = type == rsaKey ? Rsa : RsaPss,
          .bits = bits,
          .name = fmt::format("{} {}", type == rsaKey ? "RSA" : "RSA-PSS", bits)};
}

/// NSS has taken it for a certificate, OpenSSL may not: then nothing is known.
Usages usages_of(Bytes der) {
  const std::uint8_t* in = der.data();
  const std::unique_ptr<X509, FreeX509> parsed(
      d2i_X509(nullptr, &in, static_cast<long>(der.size())));
  ERR_clear_error();
  return parsed ? certificates::usages_of(*parsed) : Usages{};
}

bool is_authority(CERTCertificate& certificate) {
  OwnedItem extension;
  CERTBasicConstraints constraints{};
  return CERT_FindCertExtension(&certificate, SEC_OID_X509_BASIC_CONSTRAINTS, extension.get()) ==
             SECSuccess &&
         CERT_DecodeBasicConstraintValue(&constraints, extension.get()) == SECSuccess &&
         constraints.isCA != PR_FALSE;
}

std::string subject_of(CERTCertificate& certificate) {
  const TextHandle name(CERT_GetCommonName(&certificate.subject));
  if (name) return name.get();
  return certificate.subjectName == nullptr ? "" : certificate.subjectName;
}

std::vector<std::string> addresses_of(CERTCertificate& certificate) {
  std::vector<std::string> addresses;
  for (const char* it = CERT_GetFirstEmailAddress(&certificate); it != nullptr;
       it = CERT_GetNextEmailAddress(&certificate, it)) {
    addresses.emplace_back(it);
  }
  return addresses;
}

std::chrono::sys_seconds time_of(PRTime time) {
  return std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(time)));
}

/// DER puts a zero byte before an integer whose first bit is set.
std::string serial_of(const CERTCertificate& certificate) {
  Bytes serial = bytes_of(certificate.serialNumber);
  if (serial.size() > 1 && serial[0] == 0) serial = serial.subspan(1);
  return hex_of(serial);
}

}  // namespace

std::string hex_of(Bytes bytes) {
  return fmt::format("{:02X}", fmt::join(bytes.begin(), bytes.end(), ""));
}

std::optional<Certificate> read_certificate(Bytes der) {
  SECItem item = item_of(der);
  const CertificateHandle decoded(
      CERT_NewTempCertificate(CERT_GetDefaultCertDB(), &item, nullptr, PR_FALSE, PR_TRUE));
  PRTime from = 0;
  PRTime to = 0;
  if (!decoded || CERT_GetCertTimes(decoded.get(), &from, &to) != SECSuccess) return std::nullopt;
  Certificate certificate;
  certificate.subject = subject_of(*decoded);
  certificate.serial = serial_of(*decoded);
  certificate.sha1 = fingerprint(SEC_OID_SHA1, der);
  certificate.sha256 = fingerprint(SEC_OID_SHA256, der);
  certificate.addresses = addresses_of(*decoded);
  certificate.key = key_of(*decoded);
  certificate.usages = usages_of(der);
  certificate.authority = is_authority(*decoded);
  certificate.validity = {.from = time_of(from), .until = time_of(to)};
  certificate.size = der.size();
  return certificate;
}

}  // namespace vscard::cards::libcacard
