#include "chardev/tls/party.hpp"

#include "async/error.hpp"
#include "chardev/tls/certificate_name.hpp"
#include "chardev/tls/context.hpp"
#include "chardev/tls/errc.hpp"
#include "chardev/tls/psk.hpp"
#include "chardev/tls/stream.hpp"
#include "chardev/tls/target.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace vscard::chardev::tls {
namespace {

using Remedy = ConnectError::Remedy;

constexpr std::array<std::uint8_t, 7> kProtocolVersionAlert{
    21,     // alert, RFC 8446 §5.1
    3,  3,  // version of the record
    0,  2,  // length
    2,      // fatal
    70,     // protocol_version
};

/// What a handshake needs, and for as long as it lasts.
struct Party {
  std::unique_ptr<Psks> psks;
  ContextPtr context;
};

Result<Party> client(const Keys& keys) {
  Party party{.psks = nullptr, .context = new_context(TLS_client_method(), TLS1_3_VERSION)};
  SSL_CTX* const context = party.context.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (!keys.psk.empty()) {
    auto psks = read_psk_file(keys.psk);
    if (!psks) return std::unexpected(psks.error());
    party.psks = std::make_unique<Psks>(std::move(*psks));
    use_psks_as_client(context, *party.psks);
    return party;
  }
  if (const auto trusted = trust_file(context, keys.ca); !trusted) {
    return std::unexpected(trusted.error());
  }
  note_certificate_request(context);
  if (keys.cert.empty()) return party;
  if (const auto used = use_certificate(context, keys.cert, keys.key); !used) {
    return std::unexpected(used.error());
  }
  return party;
}

/// Those that a server lets in.
Result<Psks> allowed_psks(const Keys& keys) {
  auto psks = read_psk_file(keys.psk);
  if (!psks || keys.peers.empty()) return psks;
  std::erase_if(*psks, [&keys](const Psk& psk) {
    return std::ranges::find(keys.peers, psk.name) == keys.peers.end();
  });
  if (psks->empty()) return std::unexpected(keys.psk + " has none of the names of peer=");
  return psks;
}

Result<Party> server(const Keys& keys) {
  Party party{.psks = nullptr, .context = new_context(TLS_server_method(), TLS1_3_VERSION)};
  SSL_CTX* const context = party.context.get();
  if (!keys.psk.empty()) {
    auto psks = allowed_psks(keys);
    if (!psks) return std::unexpected(psks.error());
    party.psks = std::make_unique<Psks>(std::move(*psks));
    use_psks_as_server(context, *party.psks);
    return party;
  }
  if (const auto used = use_certificate(context, keys.cert, keys.key); !used) {
    return std::unexpected(used.error());
  }
  if (keys.ca.empty()) return party;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  if (const auto trusted = trust_file(context, keys.ca); !trusted) {
    return std::unexpected(trusted.error());
  }
  return party;
}

void expect_server(SSL* ssl, std::string name) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1) return;
  X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size());
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

void expect_clients(SSL* ssl, const std::vector<std::string>& names) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_WILDCARDS);
  for (const std::string& name : names) {
    X509_VERIFY_PARAM_add1_host(wanted, name.c_str(), name.size());
  }
}

std::unique_ptr<TlsStream> make_stream(std::unique_ptr<Stream> carrier, SslPtr ssl) {
  auto stream = std::make_unique<TlsStream>(std::move(carrier), std::move(ssl));
  const std::string below = stream->remote();
  stream->set_remote(with_scheme(scheme_over(below), below));
  return stream;
}

std::string client_name(const SSL* ssl) {
  if (auto name = psk_name(ssl); !name.empty()) return name;
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  return certificate != nullptr ? text_of(X509_get_subject_name(certificate)) : "";
}

bool is_verdict(const std::error_code& error, int verdict) {
  return error == std::error_code(verdict, certificate_category());
}

constexpr const char* kHungUp =
    "it closed the connection before TLS had begun; does it speak TLS there?";

/// Servers tell it by different alerts.
std::string advise_psk_client(const std::error_code& error, const std::string& text) {
  if (error == std::error_code(SSL_AD_ILLEGAL_PARAMETER, alert_category()) ||
      error == std::error_code(SSL_AD_DECRYPT_ERROR, alert_category())) {
    return "it has another key for the name in psk=";
  }
  if (error == async::end_of_stream()) {
    return "it closed the connection in the handshake; does it have the name and key of psk=?";
  }
  const bool unknown = error.category() == certificate_category() ||
                       error == std::error_code(SSL_AD_HANDSHAKE_FAILURE, alert_category());
  return unknown ? "it does not know the name in psk=, or uses certificates" : text;
}

/// What the user of a client can do about it.
std::string advise_client(const std::error_code& error, const Keys& keys, const std::string& name) {
  std::string text = error == async::end_of_stream() ? kHungUp : error.message();
  if (!keys.psk.empty()) return advise_psk_client(error, text);
  if (error.category() != certificate_category()) return text;
  if (is_verdict(error, X509_V_ERR_HOSTNAME_MISMATCH) ||
      is_verdict(error, X509_V_ERR_IP_ADDRESS_MISMATCH)) {
    return "its certificate is not for " + name + "; give its name with name=";
  }
  const bool unknown = text.ends_with("authority");
  return unknown ? text + "; give its CA with ca=FILE" : text;
}

std::string advise_server(const std::error_code& error, const Keys& keys) {
  if (is_verdict(error, X509_V_ERR_HOSTNAME_MISMATCH))
    return "its certificate has no name of peer=";
  if (error == async::end_of_stream()) return kHungUp;
  const bool unknown = !keys.psk.empty() && error == Errc::BrokenOff;
  return unknown ? make_error_code(Errc::UnknownPsk).message() : error.message();
}

}  // namespace

Awaitable<Connected> connect_tls13(std::unique_ptr<Stream> carrier, Keys keys, std::string host) {
  const auto party = client(keys);
  if (!party) {
    co_return std::unexpected(ConnectError{.text = party.error().text, .remedy = Remedy::GiveUp});
  }
  const std::string name = keys.name.empty() ? host : keys.name;
  SslPtr ssl(SSL_new(party->context.get()));
  SSL_set_connect_state(ssl.get());
  if (keys.psk.empty()) expect_server(ssl.get(), name);
  auto stream = make_stream(std::move(carrier), std::move(ssl));
  const std::error_code error = co_await stream->shake_hands();
  if (!error) co_return std::move(stream);
  const bool ours = error.category() == certificate_category() || error == Errc::SpeaksPlain;
  co_return std::unexpected(ConnectError{.text = advise_client(error, keys, name),
                                         .remedy = ours ? Remedy::GiveUp : Remedy::TryAgain,
                                         .reason = error});
}

Awaitable<Result<std::unique_ptr<Stream>>> accept_tls13(std::unique_ptr<Stream> carrier,
                                                        Keys keys) {
  const auto party = server(keys);
  if (!party) co_return std::unexpected(party.error());
  SslPtr ssl(SSL_new(party->context.get()));
  SSL_set_accept_state(ssl.get());
  if (keys.psk.empty()) expect_clients(ssl.get(), keys.peers);
  Stream& plain = *carrier;
  auto stream = make_stream(std::move(carrier), std::move(ssl));
  const std::error_code error = co_await stream->shake_hands();
  tell_plain_client(plain, error);
  if (error) co_return std::unexpected(advise_server(error, keys));
  const std::string name = client_name(stream->ssl());
  if (!name.empty()) stream->set_remote(stream->remote() + " (" + name + ")");
  co_return std::move(stream);
}

void tell_plain_client(Stream& carrier, const std::error_code& error) {
  if (error == Errc::PlainClient) carrier.write_now(kProtocolVersionAlert);
}

Result<> check_server_files(const Keys& keys) {
  const auto party = server(keys);
  if (!party) return std::unexpected(party.error());
  return {};
}

}  // namespace vscard::chardev::tls
