#include "chardev/tls/psk.hpp"

#include "chardev/access.hpp"
#include "chardev/number.hpp"
#include "chardev/secret_input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace vscard::chardev::tls {
namespace {

constexpr std::size_t kMaxFile = 65536;  ///< bytes
constexpr std::size_t kMaxName = 128;    ///< bytes
/// Whoever records or provokes a handshake can try keys on it afterwards.
constexpr std::size_t kMinKey = 16;   ///< bytes
constexpr std::size_t kMaxKey = 512;  ///< bytes: OpenSSL's PSK_MAX_PSK_LEN

/// GnuTLS's hash for keys of which nothing else is said, and so OpenSSL's ciphers for them.
constexpr const char* kCiphers = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";

std::string_view text_of(protocol::Bytes bytes) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

/// Empty: it is not a key.
protocol::SecretBytes parse_key(std::string_view hex) {
  if (hex.size() % 2 != 0) return {};
  auto key = protocol::SecretBytes::with_capacity(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto byte = parse_number<std::uint8_t>(hex.substr(i, 2), 0, 255, 16);
    if (!byte) return {};
    key.push_back(*byte);
  }
  return key;
}

Result<Psk> parse_line(std::string_view line) {
  const std::size_t colon = std::min(line.find(':'), line.size());
  Psk psk{.name = std::string(line.substr(0, colon)), .key = {}};
  if (colon < line.size()) psk.key = parse_key(line.substr(colon + 1));
  if (psk.name.empty() || psk.name.size() > kMaxName || psk.name.front() == '#') {
    return std::unexpected("does not begin with a name of at most 128 bytes and a colon");
  }
  if (psk.key.size() < kMinKey || psk.key.size() > kMaxKey) {
    return std::unexpected("has no key of 16 to 512 bytes, in hex, behind the colon");
  }
  return psk;
}

/// A file that others can read is as good as no key. One of somebody else's is for this process by
/// its group, as a container gets the files of a secret.
Result<> check_mode(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return std::unexpected("cannot open " + path + ": " + file_error(errno));
  }
  const mode_t given = found.st_uid == ::geteuid() ? 0 : S_IRGRP;
  if ((found.st_mode & (S_IRWXG | S_IRWXO) & ~given) == 0) return {};
  return std::unexpected("others than its owner can open " + path + ": chmod 600 " + path);
}

std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session_of(SSL* ssl, const Psk& psk) {
  constexpr std::array<unsigned char, 2> kAes128GcmSha256{0x13, 0x01};  ///< RFC 8446 §B.4
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(SSL_SESSION_new(),
                                                                    SSL_SESSION_free);
  const auto key = psk.key.view();
  const bool made =
      SSL_SESSION_set1_master_key(session.get(), key.data(), key.size()) == 1 &&
      SSL_SESSION_set_cipher(session.get(), SSL_CIPHER_find(ssl, kAes128GcmSha256.data())) == 1 &&
      SSL_SESSION_set_protocol_version(session.get(), TLS1_3_VERSION) == 1;
  if (!made) session.reset();
  return session;
}

const Psks& psks_of(const SSL* ssl) {
  return *static_cast<const Psks*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

int use_first(SSL* ssl, const EVP_MD* hash, const unsigned char** name, std::size_t* size,
              SSL_SESSION** session) {
  if (hash != nullptr && EVP_MD_is_a(hash, "SHA256") != 1) return 1;  // after a HelloRetryRequest
  const Psk& psk = psks_of(ssl).front();
  *name = static_cast<const unsigned char*>(static_cast<const void*>(psk.name.data()));
  *size = psk.name.size();
  *session = session_of(ssl, psk).release();
  return *session == nullptr ? 0 : 1;
}

int find(SSL* ssl, const unsigned char* name, std::size_t size, SSL_SESSION** session) {
  const auto found = std::ranges::find(psks_of(ssl), text_of({name, size}), &Psk::name);
  if (found == psks_of(ssl).end()) return 1;
  SSL_set_app_data(
      ssl, const_cast<Psk*>(&*found));  // NOLINT(cppcoreguidelines-pro-type-const-cast): read only
  *session = session_of(ssl, *found).release();
  return *session == nullptr ? 0 : 1;
}

void keep(SSL_CTX* context, const Psks& psks) {
  SSL_CTX_set_app_data(
      context,
      const_cast<Psks*>(&psks));  // NOLINT(cppcoreguidelines-pro-type-const-cast): read only
  SSL_CTX_set_ciphersuites(context, kCiphers);
}

}  // namespace

Result<Psks> read_psk_file(const std::string& path) {
  if (const auto safe = check_mode(path); !safe) return std::unexpected(safe.error());
  const auto text = read_secret_file(path, kMaxFile);
  if (!text) return std::unexpected(text.error());
  auto psks = parse_psks(text->view());
  if (!psks) return std::unexpected(psks.error().about(path));
  return psks;
}

Result<Psks> parse_psks(protocol::Bytes text) {
  Psks psks;
  std::string_view rest = text_of(text);
  for (int number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) continue;
    auto psk = parse_line(line);
    if (!psk) return std::unexpected("line " + std::to_string(number) + " " + psk.error().text);
    psks.push_back(std::move(*psk));
  }
  if (psks.empty()) return std::unexpected("it has no line NAME:HEXKEY");
  return psks;
}

void use_psks_as_client(SSL_CTX* context, const Psks& psks) {
  keep(context, psks);
  SSL_CTX_set_psk_use_session_callback(context, use_first);
}

void use_psks_as_server(SSL_CTX* context, const Psks& psks) {
  keep(context, psks);
  SSL_CTX_set_psk_find_session_callback(context, find);
}

std::string psk_name(const SSL* ssl) {
  const auto* psk = static_cast<const Psk*>(SSL_get_app_data(ssl));
  return psk != nullptr && SSL_session_reused(ssl) == 1 ? psk->name : "";
}

}  // namespace vscard::chardev::tls
