#include "cards/piv/attestation.hpp"

#include "cards/piv/key_pair.hpp"
#include "cards/piv/sealing.hpp"
#include "cards/piv/version.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <array>
#include <string>

namespace vscard::cards::piv {
namespace {

using Object = std::unique_ptr<ASN1_OBJECT, OpensslFree<ASN1_OBJECT_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, OpensslFree<ASN1_OCTET_STRING_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, OpensslFree<X509_EXTENSION_free>>;

// YubiKey's extensions.
constexpr const char* kFirmware = "1.3.6.1.4.1.41482.3.3";  ///< version, 3 bytes
constexpr const char* kSerial = "1.3.6.1.4.1.41482.3.7";    ///< an INTEGER
constexpr const char* kPolicy = "1.3.6.1.4.1.41482.3.8";    ///< PIN policy, touch policy

constexpr const char* kNotAfter = "99991231235959Z";  ///< RFC 5280 §4.1.2.5: without an end
constexpr std::uint8_t kNoTouch = 1;

bool set_name(X509_NAME* name, const std::string& text) {
  const auto* bytes = static_cast<const unsigned char*>(static_cast<const void*>(text.c_str()));
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, -1, -1, 0) == 1;
}

bool set_serial(X509* certificate) {
  auto bytes = random_id(16);
  bytes[0] &= 0x7f;
  const BigNumber number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

/// All but the names and the signature.
Certificate begin(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
              set_serial(certificate.get()) &&
              X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0) != nullptr &&
              ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), kNotAfter) == 1 &&
              X509_set_pubkey(certificate.get(), key) == 1,
          "a certificate");
  return certificate;
}

bool add_extension(X509* certificate, const char* oid, Bytes value) {
  const Object object(OBJ_txt2obj(oid, 1));
  const OctetString content(ASN1_OCTET_STRING_new());
  if (!object || !content ||
      ASN1_OCTET_STRING_set(content.get(), value.data(), static_cast<int>(value.size())) != 1) {
    return false;
  }
  const Extension extension(X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, content.get()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::vector<std::uint8_t> integer_der(std::uint32_t number) {
  std::vector<std::uint8_t> der{0x02, 0x05,
                                0x00};  // with a leading zero, cut if it is one too many
  protocol::ByteWriter(der).u32_be(number);
  while (der.size() > 3 && der[2] == 0 && der[3] < 0x80) der.erase(der.begin() + 2);
  der[1] = static_cast<std::uint8_t>(der.size() - 2);
  return der;
}

std::optional<std::vector<std::uint8_t>> signed_der(X509* certificate, EVP_PKEY& signer) {
  if (X509_sign(certificate, &signer, EVP_sha256()) == 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  const int size = i2d_X509(certificate, nullptr);
  require(size > 0, "a certificate");
  std::vector<std::uint8_t> der(static_cast<std::size_t>(size));
  std::uint8_t* out = der.data();
  require(i2d_X509(certificate, &out) == size, "a certificate");
  return der;
}

std::string hex(Slot slot) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto number = static_cast<std::uint8_t>(slot);
  return {kDigits[number >> 4], kDigits[number & 0x0f]};
}

}  // namespace

std::vector<std::uint8_t> attestation_authority(EVP_PKEY& signer) {
  const Certificate made = begin(&signer);
  using Constraints = std::unique_ptr<BASIC_CONSTRAINTS, OpensslFree<BASIC_CONSTRAINTS_free>>;
  const Constraints authority(BASIC_CONSTRAINTS_new());
  require(authority != nullptr, "memory");
  authority->ca = 0xff;
  require(set_name(X509_get_subject_name(made.get()), "vscard PIV Attestation") &&
              X509_set_issuer_name(made.get(), X509_get_subject_name(made.get())) == 1 &&
              X509_add1_ext_i2d(made.get(), NID_basic_constraints, authority.get(), 1, 0) == 1,
          "a certificate");
  auto der = signed_der(made.get(), signer);
  require(der.has_value(), "a signature");
  return std::move(*der);
}

std::optional<std::vector<std::uint8_t>> attestation(Slot slot, const SlotKey& key,
                                                     std::uint32_t serial, EVP_PKEY& signer,
                                                     Bytes authority) {
  const std::uint8_t* in = authority.data();
  const Certificate issuer(d2i_X509(nullptr, &in, static_cast<long>(authority.size())));
  const Pkey subject = public_from_der(key.public_key);
  if (!issuer || !subject) {
    ERR_clear_error();
    return std::nullopt;
  }
  const Certificate made = begin(subject.get());
  require(set_name(X509_get_subject_name(made.get()), "vscard PIV Attestation " + hex(slot)) &&
              X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get())) == 1 &&
              add_extension(made.get(), kFirmware, kVersion) &&
              add_extension(made.get(), kSerial, integer_der(serial)) &&
              add_extension(made.get(), kPolicy,
                            std::array{static_cast<std::uint8_t>(key.policy), kNoTouch}),
          "a certificate");
  return signed_der(made.get(), signer);
}

}  // namespace vscard::cards::piv
