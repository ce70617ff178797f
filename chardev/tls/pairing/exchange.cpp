#include "chardev/tls/pairing/exchange.hpp"

#include "chardev/tls/pairing/identity.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::chardev::tls::pairing {
namespace {

constexpr std::string_view kExporter = "EXPORTER-vscard-pairing";
constexpr std::size_t kExported = 32;  ///< bytes
constexpr std::size_t kReadSize = 1024;

enum class Side : char { Client = 'c', Server = 's' };

using Received = Result<Message>;

/// What a side signs: nobody else's signature fits, of another connection or of the other side.
std::vector<std::uint8_t> challenge(SSL* ssl, Side signer) {
  std::vector<std::uint8_t> bytes(kExported);
  if (SSL_export_keying_material(ssl, bytes.data(), bytes.size(), kExporter.data(),
                                 kExporter.size(), nullptr, 0, 0) != 1) {
    return {};
  }
  for (const char c : std::string_view("vscard pairing ")) {
    bytes.push_back(static_cast<std::uint8_t>(c));
  }
  bytes.push_back(static_cast<std::uint8_t>(signer));
  return bytes;
}

struct DigestFree {
  void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};
using DigestPtr = std::unique_ptr<EVP_MD_CTX, DigestFree>;

std::vector<std::uint8_t> sign(SSL* ssl, Side signer) {
  const auto text = challenge(ssl, signer);
  const DigestPtr digest(EVP_MD_CTX_new());
  std::vector<std::uint8_t> proof(kMaxProof);
  std::size_t size = proof.size();
  if (text.empty() ||
      EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, SSL_get_privatekey(ssl)) !=
          1 ||
      EVP_DigestSign(digest.get(), proof.data(), &size, text.data(), text.size()) != 1) {
    size = 0;
  }
  proof.resize(size);
  return proof;
}

bool verify(SSL* ssl, Side signer, const X509* certificate, protocol::Bytes proof) {
  const auto text = challenge(ssl, signer);
  const DigestPtr digest(EVP_MD_CTX_new());
  return !text.empty() &&
         EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr,
                              X509_get0_pubkey(certificate)) == 1 &&
         EVP_DigestVerify(digest.get(), proof.data(), proof.size(), text.data(), text.size()) == 1;
}

Introduction introduction_of(SSL* ssl, std::string name, Side side) {
  Introduction own{.name = name.substr(0, kMaxName), .certificate = {}, .proof = sign(ssl, side)};
  unsigned char* der = nullptr;
  const int size = i2d_X509(SSL_get_certificate(ssl), &der);
  if (size > 0) own.certificate.assign(der, der + size);
  OPENSSL_free(der);
  return own;
}

Result<Stranger> check(SSL* ssl, const Introduction& shown, Side side) {
  Stranger stranger{.name = shown.name, .certificate = parse_certificate(shown.certificate)};
  if (!stranger.certificate) return std::unexpected("it showed no certificate that can be used");
  if (verify(ssl, side, stranger.certificate.get(), shown.proof)) return stranger;
  return std::unexpected("it did not show that it has the key of its certificate");
}

Awaitable<Received> receive(TlsStream& stream, MessageDecoder& decoder) {
  std::array<std::uint8_t, kReadSize> buffer{};
  while (true) {
    auto message = decoder.next();
    if (!message) co_return std::unexpected(make_error_code(message.error()).message());
    if (*message) co_return std::move(**message);
    const auto size = co_await stream.read(buffer);
    if (!size) co_return std::unexpected("it went before it was paired: " + size.error().message());
    decoder.feed(protocol::Bytes(buffer).first(*size));
  }
}

/// The next message has to be of this kind.
template <class Wanted>
Awaitable<Result<Wanted>> expect(TlsStream& stream, MessageDecoder& decoder) {
  auto message = co_await receive(stream, decoder);
  if (!message) co_return std::unexpected(message.error());
  if (auto* wanted = std::get_if<Wanted>(&*message)) co_return std::move(*wanted);
  if (std::holds_alternative<CodeUsed>(*message)) {
    co_return std::unexpected("somebody else was paired with this code just now");
  }
  co_return std::unexpected("it answered out of turn");
}

Awaitable<void> send(TlsStream& stream, Message message) {
  const auto bytes = encode(message);
  co_await stream.write(bytes);  // what fails, the next read tells
}

}  // namespace

Awaitable<Result<std::string>> introduce_as_client(TlsStream& stream, std::string name, Keep keep) {
  MessageDecoder decoder;
  const Message own = introduction_of(stream.ssl(), std::move(name), Side::Client);
  co_await send(stream, own);
  const auto shown = co_await expect<Introduction>(stream, decoder);
  if (!shown) co_return std::unexpected(shown.error());
  const auto server = check(stream.ssl(), *shown, Side::Server);
  if (!server) co_return std::unexpected(server.error());
  auto kept = keep(*server);
  if (!kept) co_return kept;
  const Message thanks = Kept{};
  co_await send(stream, thanks);
  const auto done = co_await expect<Kept>(stream, decoder);
  if (!done) co_return std::unexpected(done.error());
  co_return kept;
}

/// It keeps the client last: one that has failed is not let in.
Awaitable<Result<std::string>> introduce_as_server(TlsStream& stream, std::string name, Keep keep) {
  MessageDecoder decoder;
  const auto shown = co_await expect<Introduction>(stream, decoder);
  if (!shown) co_return std::unexpected(shown.error());
  const auto client = check(stream.ssl(), *shown, Side::Client);
  if (!client) co_return std::unexpected(client.error());
  const Message own = introduction_of(stream.ssl(), std::move(name), Side::Server);
  co_await send(stream, own);
  const auto done = co_await expect<Kept>(stream, decoder);
  if (!done) co_return std::unexpected(done.error());
  auto kept = keep(*client);
  if (!kept) co_return kept;
  const Message thanks = Kept{};
  co_await send(stream, thanks);
  co_return kept;
}

Awaitable<void> say_code_used(TlsStream& stream) {
  const Message used = CodeUsed{};
  co_await send(stream, used);
}

}  // namespace vscard::chardev::tls::pairing
