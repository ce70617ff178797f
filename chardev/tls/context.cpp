#include "chardev/tls/context.hpp"

#include "chardev/access.hpp"

#include <openssl/err.h>

#include <system_error>

namespace vscard::chardev::tls {
namespace {

/// Why the last call into OpenSSL failed.
std::string why() {
  const unsigned long error = ERR_peek_error();
  if (ERR_SYSTEM_ERROR(error)) return file_error(ERR_GET_REASON(error));
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "unknown error";
}

/// Nobody is asked: there may be no terminal, and the other side waits.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

char requested_mark = 0;  ///< its address alone counts

int mark_requested(SSL* ssl, void* /*data*/) {
  SSL_set_app_data(ssl, &requested_mark);
  return 1;
}

}  // namespace

ContextPtr new_context(const SSL_METHOD* method, int oldest) {
  // In pcscd other threads go on while the process ends.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr);
  ContextPtr context(SSL_CTX_new(method));
  SSL_CTX_set_min_proto_version(context.get(), oldest);
  // The last one: what was decrypted may be a PIN, and is wiped when it has been read.
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  return context;
}

Result<> trust_file(SSL_CTX* context, const std::string& path) {
  ERR_clear_error();
  if (path.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_file(context, path.c_str()) != 1) {
    return std::unexpected("cannot read certificates from ca=" + path + ": " + why());
  }
  return {};
}

Result<> use_certificate(SSL_CTX* context, const std::string& cert, const std::string& key) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, cert.c_str()) != 1) {
    return std::unexpected("cannot read a certificate from cert=" + cert + ": " + why());
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1) return {};
  if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH) {
    return std::unexpected("key=" + key + " is not the key of the certificate in cert=" + cert);
  }
  return std::unexpected("cannot read a private key, without a passphrase, from key=" + key + ": " +
                         why());
}

void note_certificate_request(SSL_CTX* context) {
  SSL_CTX_set_cert_cb(context, mark_requested, nullptr);
}

bool certificate_requested(const SSL* ssl) { return SSL_get_app_data(ssl) == &requested_mark; }

}  // namespace vscard::chardev::tls
