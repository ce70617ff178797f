// Usage: chardev-floor tcp | unix | pty | tls CERT KEY
// The median and 99th percentile, in microseconds, of a ping-pong with the bytes of a small command
// and its response in VSC, both sides on one core: blocking sockets alone, a terminal, or what
// OpenSSL makes of TCP. So much it takes in any program.

#include "bench/floor.hpp"
#include "bench/rounds.hpp"
#include "chardev/descriptor.hpp"
#include "chardev/terminal.hpp"

#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

using namespace vscard::bench;
using vscard::chardev::Descriptor;

namespace {

std::array<std::uint8_t, 12 + 5> command;
std::array<std::uint8_t, 12 + 2> response;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Context = std::unique_ptr<SSL_CTX, Free>;
using Ssl = std::unique_ptr<SSL, Free>;

/// With what our streams have: one record is read by one call, and is wiped.
Context new_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

Ssl over(const Socket& socket, const Context& context) {
  Ssl ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), socket.fd());
  return ssl;
}

void send(SSL* ssl, std::span<const std::uint8_t> bytes) {
  require(SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())) > 0, "SSL_write");
}

void receive(SSL* ssl, std::span<std::uint8_t> into) {
  require(std::cmp_equal(SSL_read(ssl, into.data(), static_cast<int>(into.size())), into.size()),
          "SSL_read");
}

[[noreturn]] void answer_all(const Socket& socket, const char* certificate, const char* key) {
  const Context context = new_context(TLS_server_method());
  require(SSL_CTX_use_certificate_file(context.get(), certificate, SSL_FILETYPE_PEM) == 1,
          certificate);
  require(SSL_CTX_use_PrivateKey_file(context.get(), key, SSL_FILETYPE_PEM) == 1, key);
  const Ssl ssl = over(socket, context);
  require(SSL_accept(ssl.get()) == 1, "SSL_accept");
  while (true) {
    receive(ssl.get(), command);
    send(ssl.get(), response);
  }
}

void measure_tls(Samples& samples, unsigned core, const char* certificate, const char* key) {
  const auto [near, far] = connected_pair("tcp");
  const PeerProcess peer(
      core, [&socket = far, certificate, key] { answer_all(socket, certificate, key); });
  const Context context = new_context(TLS_client_method());
  const Ssl ssl = over(near, context);
  require(SSL_connect(ssl.get()) == 1, "SSL_connect");
  samples.collect(kLength, [&ssl] {
    send(ssl.get(), command);
    receive(ssl.get(), response);
  });
}

void put(const Descriptor& terminal, std::span<const std::uint8_t> bytes) {
  require(std::cmp_equal(::write(terminal.number(), bytes.data(), bytes.size()), bytes.size()),
          "write");
}

/// In a terminal so few bytes come together.
void take(const Descriptor& terminal, std::span<std::uint8_t> into) {
  require(std::cmp_equal(::read(terminal.number(), into.data(), into.size()), into.size()), "read");
}

void measure_pty(Samples& samples, unsigned core) {
  const Descriptor near(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  require(::unlockpt(near.number()) == 0, "unlockpt");
  const Descriptor far(::ioctl(near.number(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  vscard::chardev::make_raw(far.number());
  const PeerProcess peer(core, [&far] {
    while (true) {
      take(far, command);
      put(far, response);
    }
  });
  samples.collect(kLength, [&near] {
    put(near, command);
    take(near, response);
  });
}

Samples measure(std::span<const char* const> words) {
  const unsigned core = choose_cores().front();
  pin_to_core(core);
  Samples samples;
  const std::string_view kind = words.empty() ? "" : words.front();
  if (kind == "tls" && words.size() == 3) {
    measure_tls(samples, core, words[1], words[2]);
  } else if (kind == "pty") {
    measure_pty(samples, core);
  } else if (kind == "tcp" || kind == "unix") {
    measure_floor(samples, kind, core, kLength);
  } else {
    throw std::runtime_error("usage: chardev-floor tcp | unix | pty | tls CERT KEY");
  }
  return samples;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Samples samples = measure(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    std::printf("%.1f %.1f\n", samples.quantile(0.5), samples.quantile(0.99));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chardev-floor: %s\n", error.what());
    return 1;
  }
}
