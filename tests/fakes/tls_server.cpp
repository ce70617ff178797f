#include "tests/fakes/tls_server.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <functional>
#include <span>
#include <stdexcept>

namespace vscard::fakes {
namespace {

template <auto kFree>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;

const unsigned char* bytes_of(const std::string& text) {
  return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

/// "O=Example,CN=vmhost"; no value has a comma in it.
void add_names(X509_NAME* name, const std::string& subject) {
  for (std::size_t at = 0; at < subject.size();) {
    const std::size_t end = std::min(subject.find(',', at), subject.size());
    const std::string part = subject.substr(at, end - at);
    const std::string value = part.substr(part.find('=') + 1);
    X509_NAME_add_entry_by_txt(name, part.substr(0, part.find('=')).c_str(), MBSTRING_UTF8,
                               bytes_of(value), static_cast<int>(value.size()), -1, 0);
    at = end + 1;
  }
}

CertificatePtr make_certificate(EVP_PKEY* key, const std::string& subject,
                                const std::string& alternative, int seconds) {
  CertificatePtr certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds);
  X509_set_pubkey(certificate.get(), key);
  add_names(X509_get_subject_name(certificate.get()), subject);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  const std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str()));
  X509_add_ext(certificate.get(), names.get(), -1);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

std::string text_of(const std::function<void(BIO*)>& write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  std::string text(BIO_ctrl_pending(bio.get()), '\0');
  BIO_read(bio.get(), text.data(), static_cast<int>(text.size()));
  return text;
}

}  // namespace

TlsIdentity::TlsIdentity(const std::string& subject, const std::string& alternative, int seconds)
    : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate = make_certificate(key.get(), subject, alternative, seconds);
  SSL_CTX_use_certificate(context_.get(), certificate.get());
  SSL_CTX_use_PrivateKey(context_.get(), key.get());
  pem_ = text_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); });
  key_pem_ = text_of([&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

TlsServer::TlsServer(chardev::Stream& stream, const TlsIdentity& identity)
    : stream_(stream), ssl_(SSL_new(identity.context())) {
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl_.get());
}

Awaitable<bool> TlsServer::accept() {
  while (true) {
    const int result = SSL_do_handshake(ssl_.get());
    const bool wants_more = SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
    co_await flush();
    if (result > 0) co_return true;
    if (!wants_more || !co_await fill()) co_return false;
  }
}

Awaitable<std::vector<std::uint8_t>> TlsServer::read_exactly(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t at = 0; at < size;) {
    const int got = SSL_read(ssl_.get(), bytes.data() + at, static_cast<int>(size - at));
    if (got > 0) {
      at += static_cast<std::size_t>(got);
    } else if (!co_await fill()) {
      throw std::runtime_error("the client has gone");
    }
  }
  co_return bytes;
}

Awaitable<void> TlsServer::write(std::vector<std::uint8_t> bytes) {
  SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  co_await flush();
}

Awaitable<void> TlsServer::shut_down() {
  SSL_shutdown(ssl_.get());
  co_await flush();
}

Awaitable<void> TlsServer::flush() {
  BIO* out = SSL_get_wbio(ssl_.get());
  std::vector<std::uint8_t> bytes(BIO_ctrl_pending(out));
  if (bytes.empty()) co_return;
  BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  co_await stream_.write(bytes);
}

/// False: the stream has ended.
Awaitable<bool> TlsServer::fill() {
  std::array<std::uint8_t, 4096> buffer{};
  const auto size = co_await stream_.read(buffer);
  if (size) BIO_write(SSL_get_rbio(ssl_.get()), buffer.data(), static_cast<int>(*size));
  co_return size.has_value();
}

}  // namespace vscard::fakes
