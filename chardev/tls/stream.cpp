#include "chardev/tls/stream.hpp"

#include "async/error.hpp"
#include "chardev/tls/errc.hpp"

#include <openssl/err.h>

#include <limits>
#include <utility>

namespace vscard::chardev::tls {
namespace {

constexpr std::size_t kRecord = 16384 + 256;  ///< bytes of a TLS record, RFC 8446 §5.2

int bounded(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

/// Of a call that failed.
std::error_code error_of(int why) {
  if (why == SSL_ERROR_ZERO_RETURN) return async::end_of_stream();
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  return reason == SSL_R_WRONG_VERSION_NUMBER ? Errc::SpeaksPlain : Errc::BrokenOff;
}

}  // namespace

TlsStream::TlsStream(std::unique_ptr<Stream> carrier, SslPtr ssl)
    : carrier_(std::move(carrier)),
      ssl_(std::move(ssl)),
      to_ssl_(BIO_new(BIO_s_mem())),
      from_ssl_(BIO_new(BIO_s_mem())),
      received_(kRecord),
      sent_(kRecord) {
  SSL_set_bio(ssl_.get(), to_ssl_, from_ssl_);
  SSL_set_connect_state(ssl_.get());
}

Awaitable<std::error_code> TlsStream::shake_hands() {
  while (true) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (const auto error = co_await serve(result)) co_return error;
    if (result > 0) co_return std::error_code();
  }
}

Awaitable<std::expected<std::size_t, std::error_code>> TlsStream::read(
    std::span<std::uint8_t> into) {
  while (true) {
    ERR_clear_error();
    const int size = SSL_read(ssl_.get(), into.data(), bounded(into.size()));
    if (const auto error = co_await serve(size)) co_return std::unexpected(error);
    if (size > 0) co_return static_cast<std::size_t>(size);
  }
}

Awaitable<std::error_code> TlsStream::write(protocol::Bytes bytes) {
  while (!bytes.empty()) {
    ERR_clear_error();
    const int size = SSL_write(ssl_.get(), bytes.data(), bounded(bytes.size()));
    if (const auto error = co_await serve(size)) co_return error;
    if (size > 0) bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
  co_return std::error_code();
}

Awaitable<std::error_code> TlsStream::serve(int result) {
  const int why = SSL_get_error(ssl_.get(), result);
  const std::error_code failed =
      result > 0 || why == SSL_ERROR_WANT_READ ? std::error_code() : error_of(why);
  // Also after a failure: the peer is told why.
  std::error_code sent;
  if (BIO_ctrl_pending(from_ssl_) > 0) sent = co_await flush();
  if (failed) co_return failed;
  if (sent || result > 0) co_return sent;
  co_return co_await fill();
}

/// Takes what is to be sent only when it is its turn: records must keep their order.
Awaitable<std::error_code> TlsStream::flush() {
  const auto lock = co_await mutex_.lock();
  while (BIO_ctrl_pending(from_ssl_) > 0) {
    const int size = BIO_read(from_ssl_, sent_.data(), bounded(sent_.size()));
    const auto part = protocol::Bytes(sent_).first(static_cast<std::size_t>(size));
    if (const auto error = co_await carrier_->write(part)) co_return error;
  }
  co_return std::error_code();
}

Awaitable<std::error_code> TlsStream::fill() {
  const auto size = co_await carrier_->read(received_);
  if (!size) co_return size.error();
  BIO_write(to_ssl_, received_.data(), bounded(*size));
  co_return std::error_code();
}

}  // namespace vscard::chardev::tls
