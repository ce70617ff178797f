#pragma once

#include "async/mutex.hpp"
#include "chardev/stream.hpp"
#include "protocol/time.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace vscard::chardev::tls {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;

/// TLS over any stream: OpenSSL works on memory, and what it wants to send and receive goes through
/// the stream below.
class TlsStream final : public Stream {
 public:
  /// `ssl` is a client's or a server's, and does not renegotiate.
  TlsStream(std::unique_ptr<Stream> carrier, SslPtr ssl);

  /// Before anything is read or written. A peer that is refused is told so after the pause.
  Awaitable<std::error_code> shake_hands(protocol::Duration pause_before_refusal = {});
  SSL* ssl() const { return ssl_.get(); }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  Awaitable<std::error_code> write(protocol::Bytes bytes) override;
  std::size_t write_now(protocol::Bytes bytes) override;
  void quick_ack() override { carrier_->quick_ack(); }
  bool finish() override;
  void close() override { carrier_->close(); }
  std::string remote() const override { return remote_; }
  /// As it is from now on: with what the handshake has shown.
  void set_remote(std::string remote) { remote_ = std::move(remote); }
  /// Closes it: what is under way, and what comes, ends with `reason`.
  void end(std::error_code reason);
  /// Dropped with this stream. Shared, as what has no type has to be.
  void keep(std::shared_ptr<void> kept) { kept_ = std::move(kept); }

 private:
  std::size_t unsent() const { return BIO_ctrl_pending(from_ssl_); }
  void send_now();
  Awaitable<std::error_code> flush();
  Awaitable<std::error_code> flush_unless_busy();
  Awaitable<std::error_code> fill();
  std::error_code reason_for(const std::error_code& error) const;
  /// After a call into OpenSSL that gave `result`: sends and receives what it needs to go on. An
  /// error ends the stream.
  Awaitable<std::error_code> serve(int result);

  std::unique_ptr<Stream> carrier_;
  SslPtr ssl_;
  BIO* to_ssl_;    ///< owned by ssl_: what was received
  BIO* from_ssl_;  ///< owned by ssl_: what is to be sent
  async::Mutex mutex_;
  bool heard_ = false;                  ///< something from the peer, behind the handshake
  bool flushing_ = false;               ///< by a coroutine that holds the mutex
  std::size_t encrypted_ahead_ = 0;     ///< of what the next write() begins with
  std::vector<std::uint8_t> received_;  ///< encrypted, as the next
  std::vector<std::uint8_t> sent_;      ///< of the coroutine that holds the mutex
  std::string remote_;
  protocol::Duration pause_before_refusal_{};
  std::error_code ended_;
  std::shared_ptr<void> kept_;
};

}  // namespace vscard::chardev::tls
