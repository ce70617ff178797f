#include "tests/cards/certificates/made.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace vscard::test {
namespace {

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL makes no such certificate");
}

void add_extension(X509& certificate, const std::string& name, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const made = X509V3_EXT_conf(nullptr, &context, name.c_str(), value.c_str());
  require(made != nullptr && X509_add_ext(&certificate, made, -1) == 1);
  X509_EXTENSION_free(made);
}

template <class Write>
std::string written(const Write& write) {
  BIO* const bio = BIO_new(BIO_s_mem());
  require(write(bio) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string copy(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return copy;
}

}  // namespace

MadeKey make_key() { return MadeKey(EVP_EC_gen("P-256")); }

MadeCertificate make_certificate(const Wanted& wanted, EVP_PKEY& key) {
  static long serial = 0;
  MadeCertificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  const std::vector<unsigned char> name(wanted.name.begin(), wanted.name.end());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8, name.data(),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  X509_gmtime_adj(X509_getm_notBefore(made.get()), wanted.from.count());
  X509_gmtime_adj(X509_getm_notAfter(made.get()), wanted.until.count());
  require(X509_set_pubkey(made.get(), &key) == 1);
  for (const auto& [extension, value] : wanted.extensions) add_extension(*made, extension, value);
  require(X509_sign(made.get(), &key, EVP_sha256()) > 0);
  return made;
}

MadeCertificate make_certificate(const Wanted& wanted) {
  const MadeKey key = make_key();
  return make_certificate(wanted, *key);
}

std::string to_pem(const X509& certificate) {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, &certificate); });
}

std::string to_pem(const EVP_PKEY& key) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, &key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string to_encrypted_pem(const EVP_PKEY& key, std::string password) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, &key, EVP_aes_256_cbc(), password.data(),
                                         static_cast<int>(password.size()), nullptr, nullptr);
  });
}

}  // namespace vscard::test
