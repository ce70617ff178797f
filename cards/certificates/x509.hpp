#pragma once

#include "cards/certificates/validity.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>

/// What OpenSSL's certificates and keys are to the user.
namespace vscard::cards::certificates {

/// "CN=Alice,O=Example", in UTF-8.
std::string subject_of(const X509& certificate);
/// "RSA-2048", "P-256", "Ed25519".
std::string kind_of(const EVP_PKEY& key);

Validity validity_of(const X509& certificate);

}  // namespace vscard::cards::certificates
