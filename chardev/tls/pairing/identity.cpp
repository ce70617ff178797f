#include "chardev/tls/pairing/identity.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace vscard::chardev::tls::pairing {
namespace {

constexpr std::size_t kMaxCommonName = 64;  ///< characters, RFC 5280 appendix A
constexpr const char* kBegins = "20200101000000Z";
constexpr const char* kNeverEnds = "99991231235959Z";  ///< RFC 5280 §4.1.2.5

void set_name(X509* certificate, const std::string& name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const std::string common = name.substr(0, kMaxCommonName);
  const auto* text = static_cast<const unsigned char*>(static_cast<const void*>(common.data()));
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, static_cast<int>(common.size()),
                             -1, 0);
  X509_set_issuer_name(certificate, subject);
}

CertificatePtr make_certificate(EVP_PKEY* key, const std::string& name) {
  CertificatePtr certificate(X509_new());
  std::uint64_t serial = 0;
  RAND_bytes(static_cast<unsigned char*>(static_cast<void*>(&serial)), sizeof serial);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), kBegins);
  ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), kNeverEnds);
  X509_set_pubkey(certificate.get(), key);
  set_name(certificate.get(), name);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) certificate.reset();
  return certificate;
}

protocol::Bytes content_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(data)),
          static_cast<std::size_t>(size)};
}

}  // namespace

protocol::SecretBytes new_identity(const std::string& name) {
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const CertificatePtr certificate = key ? make_certificate(key.get(), name) : nullptr;
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (!certificate ||
      PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(bio.get(), certificate.get()) != 1) {
    throw std::runtime_error("OpenSSL cannot make a key");
  }
  return protocol::SecretBytes::copy_of(content_of(bio.get()));
}

std::string fingerprint_of(const X509* certificate) {
  constexpr std::size_t kDigest = 32;
  std::array<unsigned char, kDigest> digest{};
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(X509_get0_pubkey(certificate), &der);
  if (size <= 0) return "";
  EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  std::array<unsigned char, 2 * kDigest> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), kDigest);
  return "SHA256:" + std::string(text.begin(), text.begin() + length);
}

bool same_key(const X509* one, const X509* other) {
  return EVP_PKEY_eq(X509_get0_pubkey(one), X509_get0_pubkey(other)) == 1;
}

CertificatePtr parse_certificate(protocol::Bytes der) {
  const unsigned char* at = der.data();
  CertificatePtr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate || at != der.data() + der.size()) return nullptr;
  const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (key == nullptr || EVP_PKEY_is_a(key, "EC") != 1) return nullptr;
  return certificate;
}

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  const protocol::Bytes pem = content_of(bio.get());
  return {pem.begin(), pem.end()};
}

}  // namespace vscard::chardev::tls::pairing
