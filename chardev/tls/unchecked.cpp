#include "chardev/tls/unchecked.hpp"

#include "chardev/tls/context.hpp"
#include "chardev/tls/stream.hpp"

#include <utility>

namespace vscard::chardev::tls {
namespace {

/// OpenSSL has them, and uses them only where it is told that nothing else matters.
constexpr const char* kAnonymousCiphers = "aNULL:@SECLEVEL=0";

Result<SslPtr> prepare(const Keys& keys, Certificate certificate) {
  const ContextPtr context = new_context(TLS_client_method(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  if (certificate == Certificate::None) {
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context.get(), kAnonymousCiphers);
  } else if (!keys.cert.empty()) {
    if (const auto used = use_certificate(context.get(), keys.cert, keys.key); !used) {
      return std::unexpected(used.error());
    }
  }
  SslPtr ssl(SSL_new(context.get()));
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace

Awaitable<Connected> connect_unchecked(std::unique_ptr<Stream> carrier, Keys keys,
                                       Certificate certificate) {
  auto ssl = prepare(keys, certificate);
  if (!ssl) {
    co_return std::unexpected(
        ConnectError{.text = ssl.error().text, .remedy = ConnectError::Remedy::GiveUp});
  }
  auto stream = std::make_unique<TlsStream>(std::move(carrier), std::move(*ssl));
  const std::error_code error = co_await stream->shake_hands();
  if (error) co_return std::unexpected(ConnectError{.text = error.message(), .reason = error});
  co_return std::move(stream);
}

}  // namespace vscard::chardev::tls
