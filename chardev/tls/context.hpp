#pragma once

#include "protocol/failure.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace vscard::chardev::tls {

struct OpenSslFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, OpenSslFree>;
using BioPtr = std::unique_ptr<BIO, OpenSslFree>;
using CertificatePtr = std::unique_ptr<X509, OpenSslFree>;

/// What TLS is to be for `method` (TLS_client_method() or TLS_server_method()): nothing older than
/// `oldest`, and no session is resumed, so that each connection shows who it is.
ContextPtr new_context(const SSL_METHOD* method, int oldest);

// The errors are lines for the user.

/// The certificates of a PEM file; an empty path: the system's authorities.
Result<> trust_file(SSL_CTX* context, const std::string& path);
/// PEM files; both may be one.
Result<> use_certificate(SSL_CTX* context, const std::string& cert, const std::string& key);

/// For a client: remembers whether the server has asked for a certificate.
void note_certificate_request(SSL_CTX* context);
bool certificate_requested(const SSL* ssl);

}  // namespace vscard::chardev::tls
