#include "chardev/tls/errc.hpp"

#include "async/error.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <string>

namespace vscard::chardev::tls {
namespace {

const char* text_of(Errc errc) {
  switch (errc) {
    case Errc::SpeaksPlain:
      return "this port does not speak TLS";
    case Errc::PlainClient:
      return "it does not speak TLS";
    case Errc::BrokenOff:
      return "what came is not TLS, or was changed on its way";
    case Errc::OldVersion:
      return "it does not speak TLS 1.3";
    case Errc::NoCertificate:
      return "it showed no certificate: it needs cert= and key=, from an authority in ca= here";
    case Errc::WantsCertificate:
      return "it closed the connection after it had asked for a certificate: give cert= and key=";
    case Errc::RefusedCertificate:
      return "it closed the connection after it was shown our certificate: is it from an authority "
             "that it trusts, and not expired?";
    case Errc::WrongPsk:
      return "its key is not the one that psk= has for its name";
    case Errc::UnknownPsk:
      return "it shows no name that is in psk=";
    case Errc::Unpaired:
      return "it is no longer paired";
  }
  return "unknown error";
}

std::string text_of_alert(int alert) {
  switch (alert) {
    case SSL_AD_UNKNOWN_CA:
      return "it does not trust the authority of our certificate";
    case SSL_AD_CERTIFICATE_REQUIRED:
      return "it wants a certificate: give cert= and key=";
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_UNKNOWN:
      return "it refused our certificate";
    case SSL_AD_CERTIFICATE_REVOKED:
      return "it does not accept our certificate, or not any more: with pair=, run vscclient pair "
             "again";
    case SSL_AD_CERTIFICATE_EXPIRED:
      return "it refused our certificate, which has expired";
    case SSL_AD_PROTOCOL_VERSION:
      return make_error_code(Errc::OldVersion).message();
    case SSL_AD_UNKNOWN_PSK_IDENTITY:
      return "it does not know the name in psk=";
    case SSL_AD_DECRYPT_ERROR:
      return "it has another key than psk=, or refused our certificate";
    default:
      return std::string("it ended TLS: ") + SSL_alert_desc_string_long(alert);
  }
}

std::string text_of_verdict(int verdict) {
  switch (verdict) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "its certificate is not signed by a trusted authority";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "its certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "its certificate is not valid yet";
    default:
      return std::string("its certificate: ") + X509_verify_cert_error_string(verdict);
  }
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int value) const override { return text_of(static_cast<Errc>(value)); }
};

class AlertCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls alert"; }
  std::string message(int value) const override { return text_of_alert(value); }
};

class CertificateCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "certificate"; }
  std::string message(int value) const override { return text_of_verdict(value); }
};

/// Reasons that a call gives itself, not the other side.
Errc errc_of(int reason, bool server) {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return Errc::PlainClient;
    case SSL_R_WRONG_VERSION_NUMBER:
      return server ? Errc::PlainClient : Errc::SpeaksPlain;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
      return Errc::OldVersion;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return Errc::NoCertificate;
    case SSL_R_BINDER_DOES_NOT_VERIFY:
      return Errc::WrongPsk;
    default:
      return Errc::BrokenOff;
  }
}

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

const std::error_category& alert_category() {
  static const AlertCategory category;
  return category;
}

const std::error_category& certificate_category() {
  static const CertificateCategory category;
  return category;
}

std::error_code failure_of(const SSL* ssl, int why) {
  if (why == SSL_ERROR_ZERO_RETURN) return async::end_of_stream();
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  if (reason > SSL_AD_REASON_OFFSET) return {reason - SSL_AD_REASON_OFFSET, alert_category()};
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    return {static_cast<int>(SSL_get_verify_result(ssl)), certificate_category()};
  }
  return errc_of(reason, SSL_is_server(ssl) == 1);
}

}  // namespace vscard::chardev::tls
