#pragma once

#include "certs-test/x509.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <span>
#include <string>

/// Certificates, revocation lists and keys as files hold them. All encodings come as SecretBytes,
/// because some hold private keys.
namespace vscard::certs_test {

Result<protocol::SecretBytes> to_pem(const X509& certificate);
Result<protocol::SecretBytes> to_pem(const X509_CRL& crl);
/// PKCS#8, not encrypted.
Result<protocol::SecretBytes> to_pem(const EVP_PKEY& key);

Result<protocol::SecretBytes> to_der(const X509& certificate);
Result<protocol::SecretBytes> to_der(const X509_CRL& crl);
/// PKCS#8, not encrypted.
Result<protocol::SecretBytes> to_der(const EVP_PKEY& key);

/// The credential under the name `nickname`, with the certificates of `chain`, all encrypted with
/// `password`.
Result<protocol::SecretBytes> to_pkcs12(const Credential& credential, const std::string& nickname,
                                        std::span<X509* const> chain,
                                        const protocol::SecretBytes& password);

}  // namespace vscard::certs_test
