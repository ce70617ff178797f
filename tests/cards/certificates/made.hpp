#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// Certificates that issue themselves, as tests want them.
namespace vscard::test {

struct FreeOpenssl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using MadeKey = std::unique_ptr<EVP_PKEY, FreeOpenssl>;
using MadeCertificate = std::unique_ptr<X509, FreeOpenssl>;

struct Wanted {
  std::string name;  ///< CN
  /// Of x509v3_config(5): {"keyUsage", "digitalSignature"}.
  std::vector<std::pair<std::string, std::string>> extensions = {};
  std::chrono::seconds from = std::chrono::hours(-24);  ///< from now on
  std::chrono::seconds until = std::chrono::hours(24);
};

/// P-256.
MadeKey make_key();
MadeCertificate make_certificate(const Wanted& wanted, EVP_PKEY& key);
MadeCertificate make_certificate(const Wanted& wanted);

/// As openssl writes them, in PEM.
std::string to_pem(const X509& certificate);
std::string to_pem(const EVP_PKEY& key);
std::string to_encrypted_pem(const EVP_PKEY& key, std::string password);

}  // namespace vscard::test
