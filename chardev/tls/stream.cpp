#include "chardev/tls/stream.hpp"

#include "async/error.hpp"
#include "async/sleep.hpp"
#include "chardev/tls/context.hpp"
#include "chardev/tls/errc.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace vscard::chardev::tls {
namespace {

constexpr std::size_t kPlaintext = 16384;          ///< bytes in a TLS record, RFC 8446 §5.1
constexpr std::size_t kRecord = kPlaintext + 256;  ///< bytes of it, encrypted, §5.2
/// A peer that asks for more and more and reads nothing is not read from above so many bytes.
constexpr std::size_t kMaxUnsent = 4 * kRecord;

int bounded(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

/// What other calls have left is no error of the next one. To clear a queue that is empty takes as
/// long as to encrypt a short record.
void clear_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

TlsStream::TlsStream(std::unique_ptr<Stream> carrier, SslPtr ssl)
    : carrier_(std::move(carrier)),
      ssl_(std::move(ssl)),
      to_ssl_(BIO_new(BIO_s_mem())),
      from_ssl_(BIO_new(BIO_s_mem())),
      received_(kRecord),
      sent_(kRecord),
      remote_(carrier_->remote()) {
  SSL_set_bio(ssl_.get(), to_ssl_, from_ssl_);
}

Awaitable<std::error_code> TlsStream::shake_hands(protocol::Duration pause_before_refusal) {
  pause_before_refusal_ = pause_before_refusal;
  while (true) {
    clear_errors();
    const int result = SSL_do_handshake(ssl_.get());
    if (const auto error = co_await serve(result)) co_return error;
    if (result > 0) break;
  }
  pause_before_refusal_ = {};
  co_return std::error_code();
}

Awaitable<std::expected<std::size_t, std::error_code>> TlsStream::read(
    std::span<std::uint8_t> into) {
  while (true) {
    clear_errors();
    const int size = SSL_read(ssl_.get(), into.data(), bounded(into.size()));
    if (const auto error = co_await serve(size)) co_return std::unexpected(reason_for(error));
    if (size <= 0) continue;
    heard_ = true;
    co_return static_cast<std::size_t>(size);
  }
}

void TlsStream::end(std::error_code reason) {
  ended_ = reason;
  close();
}

/// In TLS 1.3 a server looks at the client's certificate after the client's handshake; QEMU's then
/// goes without an alert.
std::error_code TlsStream::reason_for(const std::error_code& error) const {
  if (error && ended_) return ended_;
  if (heard_ || !closed_by_remote(error) || !certificate_requested(ssl_.get())) return error;
  const bool shown = SSL_get_certificate(ssl_.get()) != nullptr;
  return shown ? Errc::RefusedCertificate : Errc::WantsCertificate;
}

Awaitable<std::error_code> TlsStream::write(protocol::Bytes bytes) {
  bytes = bytes.subspan(std::min(std::exchange(encrypted_ahead_, 0), bytes.size()));
  while (!bytes.empty()) {
    clear_errors();
    const auto record = bytes.first(std::min(bytes.size(), kPlaintext));
    const int size = SSL_write(ssl_.get(), record.data(), bounded(record.size()));
    if (const auto error = co_await serve(size)) co_return reason_for(error);
    if (size <= 0) continue;
    bytes = bytes.subspan(static_cast<std::size_t>(size));
    if (const auto error = co_await flush()) co_return reason_for(error);
  }
  co_return reason_for(co_await flush());
}

/// A record that the carrier takes in part is encrypted and cannot be taken back: one byte stays to
/// be written, so that write() is called, which sends the rest.
std::size_t TlsStream::write_now(protocol::Bytes bytes) {
  std::size_t written = 0;
  while (written < bytes.size() && !flushing_ && unsent() == 0) {
    clear_errors();
    const auto record = bytes.subspan(written, std::min(bytes.size() - written, kPlaintext));
    const int size = SSL_write(ssl_.get(), record.data(), bounded(record.size()));
    if (size <= 0) return written;
    written += static_cast<std::size_t>(size);
    send_now();
  }
  encrypted_ahead_ = written > 0 && unsent() > 0 ? 1 : 0;
  return written - encrypted_ahead_;
}

/// The peer is told so, if the carrier takes it at once, and sees the carrier's end in any case.
bool TlsStream::finish() {
  clear_errors();
  if (!flushing_ && unsent() == 0 && SSL_shutdown(ssl_.get()) >= 0) send_now();
  return carrier_->finish();
}

/// What the carrier takes at once.
void TlsStream::send_now() {
  char* data = nullptr;
  const long size = BIO_get_mem_data(from_ssl_, &data);
  const auto* bytes = static_cast<const std::uint8_t*>(static_cast<const void*>(data));
  const std::size_t taken = carrier_->write_now({bytes, static_cast<std::size_t>(size)});
  if (taken > 0) BIO_read(from_ssl_, sent_.data(), bounded(taken));
}

Awaitable<std::error_code> TlsStream::serve(int result) {
  const int why = SSL_get_error(ssl_.get(), result);
  const std::error_code failed =
      result > 0 || why == SSL_ERROR_WANT_READ ? std::error_code() : failure_of(ssl_.get(), why);
  if (failed && pause_before_refusal_ > protocol::Duration{}) {
    co_await async::sleep(pause_before_refusal_);
  }
  // Also after a failure: the peer is told why.
  const std::error_code sent = co_await flush_unless_busy();
  if (failed) co_return failed;
  if (sent || result > 0) co_return sent;
  co_return co_await fill();
}

/// A coroutine that is at it sends what was added, too; to wait for it would be to read nothing
/// from a peer that writes before it reads.
Awaitable<std::error_code> TlsStream::flush_unless_busy() {
  if (unsent() == 0 || (flushing_ && unsent() < kMaxUnsent)) co_return std::error_code();
  co_return co_await flush();
}

/// Takes what is to be sent only when it is its turn: records must keep their order.
Awaitable<std::error_code> TlsStream::flush() {
  const auto lock = co_await mutex_.lock();
  flushing_ = true;
  std::error_code error;
  while (!error && unsent() > 0) {
    const int size = BIO_read(from_ssl_, sent_.data(), bounded(sent_.size()));
    error = co_await carrier_->write(protocol::Bytes(sent_).first(static_cast<std::size_t>(size)));
  }
  flushing_ = false;
  co_return error;
}

Awaitable<std::error_code> TlsStream::fill() {
  const auto size = co_await carrier_->read(received_);
  if (!size) co_return size.error();
  BIO_write(to_ssl_, received_.data(), bounded(*size));
  co_return std::error_code();
}

}  // namespace vscard::chardev::tls
