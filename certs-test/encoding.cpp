#include "certs-test/encoding.hpp"

#include "certs-test/pin.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <memory>

namespace vscard::certs_test {
namespace {

using protocol::SecretBytes;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(PKCS12* pkcs12) const { PKCS12_free(pkcs12); }
  void operator()(STACK_OF(X509) * certificates) const { sk_X509_free(certificates); }
};

/// What `write` writes to a memory BIO, which OpenSSL wipes when it grows or frees it.
template <class Write>
Result<SecretBytes> encode(Write write) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  if (!bio || write(bio.get()) != 1) return std::unexpected(openssl_error("cannot encode"));
  char* text = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &text));
  SecretBytes bytes = SecretBytes::with_capacity(size);
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(text[i]));
  return bytes;
}

}  // namespace

Result<SecretBytes> to_pem(const X509& certificate) {
  return encode([&](BIO* bio) { return PEM_write_bio_X509(bio, &certificate); });
}

Result<SecretBytes> to_pem(const X509_CRL& crl) {
  return encode([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, &crl); });
}

Result<SecretBytes> to_pem(const EVP_PKEY& key) {
  return encode([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, &key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Result<SecretBytes> to_der(const X509& certificate) {
  return encode([&](BIO* bio) { return i2d_X509_bio(bio, &certificate); });
}

Result<SecretBytes> to_der(const X509_CRL& crl) {
  return encode([&](BIO* bio) { return i2d_X509_CRL_bio(bio, &crl); });
}

Result<SecretBytes> to_der(const EVP_PKEY& key) {
  return encode([&](BIO* bio) {
    return i2d_PKCS8PrivateKey_bio(bio, &key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Result<SecretBytes> to_pkcs12(const Credential& credential, const std::string& nickname,
                              std::span<X509* const> chain, const SecretBytes& password) {
  const std::unique_ptr<STACK_OF(X509), Free> others(sk_X509_new_null());
  bool pushed = others != nullptr;
  for (X509* const certificate : chain)
    pushed = pushed && sk_X509_push(others.get(), certificate) != 0;
  if (!pushed) return std::unexpected(openssl_error("cannot make a PKCS#12 file"));
  const std::unique_ptr<PKCS12, Free> pkcs12(
      PKCS12_create(PinString(password).c_str(), nickname.c_str(), credential.key.get(),
                    credential.certificate.get(), others.get(), 0, 0, 0, 0, 0));
  if (!pkcs12) return std::unexpected(openssl_error("cannot make a PKCS#12 file"));
  return encode([&](BIO* bio) { return i2d_PKCS12_bio(bio, pkcs12.get()); });
}

}  // namespace vscard::certs_test
