#include "chardev/tls/client.hpp"

#include "chardev/tls/certificate_name.hpp"
#include "chardev/tls/context.hpp"
#include "chardev/tls/errc.hpp"
#include "chardev/tls/stream.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <utility>

namespace vscard::chardev::tls {
namespace {

using Remedy = ConnectError::Remedy;

Result<void> trust_pem(X509_STORE* store, const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  int certificates = 0;
  while (true) {
    const CertificatePtr next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    X509_STORE_add_cert(store, next.get());
    ++certificates;
  }
  if (certificates == 0) return std::unexpected("there is no certificate in ca=");
  return {};
}

Result<void> trust_authorities(SSL_CTX* context, const Trust& trust) {
  if (!trust.ca.empty()) return trust_pem(SSL_CTX_get_cert_store(context), trust.ca);
  return trust_file(context, trust.ca_file);
}

Result<SslPtr> prepare(const Trust& trust) {
  const ContextPtr context = new_context(TLS_client_method(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (const auto trusted = trust_authorities(context.get(), trust); !trusted) {
    return std::unexpected(trusted.error());
  }
  SslPtr ssl(SSL_new(context.get()));
  SSL_set_connect_state(ssl.get());
  if (!trust.subject.empty()) return ssl;
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, trust.host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(wanted, trust.host.c_str(), trust.host.size());
  }
  return ssl;
}

std::string explain(long verdict, const Trust& trust) {
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the server's certificate is not for " + trust.host +
             "; give its subject with subject=";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "the server's certificate is not signed by a trusted authority; give its CA with "
             "ca=FILE";
    default:
      return std::string("the server's certificate: ") + X509_verify_cert_error_string(verdict);
  }
}

Result<void> check_subject(const SSL* ssl, const std::string& subject) {
  const CertificatePtr shown(SSL_get1_peer_certificate(ssl));
  const auto wanted = parse_name(subject);
  if (!wanted) return std::unexpected("subject=" + subject + ": " + wanted.error().text);
  if (!shown) return std::unexpected("the server sent no certificate");
  const X509_NAME* found = X509_get_subject_name(shown.get());
  if (X509_NAME_cmp(found, wanted->get()) == 0) return {};
  return std::unexpected("the server's certificate belongs to " + text_of(found) + ", not to " +
                         subject);
}

ConnectError failure(const std::error_code& error) {
  const auto remedy = error == Errc::SpeaksPlain ? Remedy::GiveUp : Remedy::TryAgain;
  return {.text = error.message(), .remedy = remedy, .reason = error};
}

}  // namespace

Awaitable<Connected> connect_tls(std::unique_ptr<Stream> carrier, Trust trust) {
  const auto give_up = [](std::string text) {
    return std::unexpected(ConnectError{.text = std::move(text), .remedy = Remedy::GiveUp});
  };
  auto ssl = prepare(trust);
  if (!ssl) co_return give_up(ssl.error().text);
  auto stream = std::make_unique<TlsStream>(std::move(carrier), std::move(*ssl));
  const std::error_code error = co_await stream->shake_hands();
  const long verdict = SSL_get_verify_result(stream->ssl());
  if (error && verdict != X509_V_OK) co_return give_up(explain(verdict, trust));
  if (error) co_return std::unexpected(failure(error));
  if (!trust.subject.empty()) {
    if (const auto same = check_subject(stream->ssl(), trust.subject); !same) {
      co_return give_up(same.error().text);
    }
  }
  co_return std::move(stream);
}

}  // namespace vscard::chardev::tls
