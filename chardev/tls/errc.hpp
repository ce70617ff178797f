#pragma once

#include <openssl/ssl.h>

#include <system_error>

namespace vscard::chardev::tls {

/// How TLS fails, beside the errors of the stream that carries it.
enum class Errc {
  SpeaksPlain = 1,     ///< plain bytes answer a TLS greeting
  PlainClient,         ///< plain bytes are the greeting
  BrokenOff,           ///< what should be TLS is not
  OldVersion,          ///< no version that is allowed
  NoCertificate,       ///< a client shows none
  WantsCertificate,    ///< the server has asked for one, which this side does not have
  RefusedCertificate,  ///< the server has gone without a word after it was shown one
  WrongPsk,            ///< another key for the same name
  UnknownPsk,          ///< no key for the name, or no name at all
  Unpaired,            ///< the user has unpaired the other side
};

const std::error_category& error_category();
/// Values are the alerts of TLS, with which the other side says why it ends.
const std::error_category& alert_category();
/// Values are OpenSSL's X509_V_ERR_…: what is wrong with the certificate of the other side.
const std::error_category& certificate_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

/// Of a call into OpenSSL that failed, for which SSL_get_error() gave `why`.
std::error_code failure_of(const SSL* ssl, int why);

}  // namespace vscard::chardev::tls

template <>
struct std::is_error_code_enum<vscard::chardev::tls::Errc> : std::true_type {};
