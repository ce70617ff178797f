#pragma once

#include "async/awaitable.hpp"
#include "chardev/stream.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vscard::fakes {

/// A key and a certificate of its own, for these names.
class TlsIdentity {
 public:
  /// `subject` is "O=Example,CN=vmhost"; `alternative` is "DNS:vmhost" or "IP:192.0.2.1". It
  /// ends in so many seconds, or has ended.
  TlsIdentity(const std::string& subject, const std::string& alternative, int seconds = 3600);

  /// What a client has to trust.
  const std::string& pem() const { return pem_; }
  const std::string& key_pem() const { return key_pem_; }
  SSL_CTX* context() const { return context_.get(); }

 private:
  std::shared_ptr<SSL_CTX> context_;
  std::string pem_;
  std::string key_pem_;
};

/// A TLS server over a stream, whatever its faults.
class TlsServer {
 public:
  TlsServer(chardev::Stream& stream, const TlsIdentity& identity);

  /// False: it came to nothing.
  Awaitable<bool> accept();
  Awaitable<std::vector<std::uint8_t>> read_exactly(std::size_t size);
  Awaitable<void> write(std::vector<std::uint8_t> bytes);
  /// Says goodbye as TLS has it.
  Awaitable<void> shut_down();

 private:
  Awaitable<void> flush();
  Awaitable<bool> fill();

  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  chardev::Stream& stream_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace vscard::fakes
