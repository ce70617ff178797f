#pragma once

#include "chardev/tls/context.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <openssl/evp.h>

#include <memory>
#include <string>

/// The key of a machine in a pairing, with a certificate that it signs itself: nobody vouches for
/// it, and it does not expire. What counts is the key.
namespace vscard::chardev::tls::pairing {

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyFree>;

/// A new key on the curve P-256 and its certificate, PEM, for a file that only its owner reads.
protocol::SecretBytes new_identity(const std::string& name);

/// "SHA256:…", base64, of the public key (SubjectPublicKeyInfo).
std::string fingerprint_of(const X509* certificate);
bool same_key(const X509* one, const X509* other);

/// DER. Nothing: it is not a certificate, or not one of an elliptic curve's key.
CertificatePtr parse_certificate(protocol::Bytes der);
std::string pem_of(X509* certificate);

}  // namespace vscard::chardev::tls::pairing
