#include "cards/piv/sealing.hpp"

#include "cards/piv/openssl.hpp"

#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <algorithm>

namespace vscard::cards::piv {
namespace {

constexpr std::size_t kKey = 32;     ///< bytes: of X25519, of AES-256
constexpr std::size_t kSalt = 16;    ///< bytes
constexpr std::size_t kNonce = 12;   ///< bytes, of AES-256-GCM
constexpr std::size_t kTag = 16;     ///< bytes
constexpr std::uint64_t kBlock = 8;  ///< scrypt's r

int size_of(Bytes bytes) { return static_cast<int>(bytes.size()); }

/// nonce | encrypted | tag, behind what `out` has.
void encrypt(std::vector<std::uint8_t>& out, Bytes key, Bytes content, Bytes about) {
  const std::size_t at = out.size();
  out.resize(at + kNonce + content.size() + kTag);
  std::uint8_t* const nonce = out.data() + at;
  std::uint8_t* const text = nonce + kNonce;
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  require(
      context && RAND_bytes(nonce, static_cast<int>(kNonce)) == 1 &&
          EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce) == 1 &&
          EVP_EncryptUpdate(context.get(), nullptr, &size, about.data(), size_of(about)) == 1 &&
          EVP_EncryptUpdate(context.get(), text, &size, content.data(), size_of(content)) == 1 &&
          EVP_EncryptFinal_ex(context.get(), text + content.size(), &size) == 1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTag),
                              text + content.size()) == 1,
      "AES-256-GCM");
}

std::optional<SecretBytes> decrypt(Bytes box, Bytes key, Bytes about) {
  if (box.size() < kNonce + kTag) return std::nullopt;
  const Bytes text = box.subspan(kNonce, box.size() - kNonce - kTag);
  std::vector<std::uint8_t> tag(box.end() - kTag, box.end());
  auto content = SecretBytes::zeros(text.size());
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  require(
      context &&
          EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), box.data()) ==
              1 &&
          EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, size_of(tag), tag.data()) == 1,
      "AES-256-GCM");
  std::uint8_t* const to = content.data().data();
  const bool right =
      EVP_DecryptUpdate(context.get(), nullptr, &size, about.data(), size_of(about)) == 1 &&
      EVP_DecryptUpdate(context.get(), to, &size, text.data(), size_of(text)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), to + text.size(), &size) == 1;
  if (!right) return std::nullopt;
  return content;
}

SecretBytes stretch(Bytes password, Bytes salt, std::uint8_t work) {
  auto key = SecretBytes::zeros(kKey);
  const std::uint64_t n = std::uint64_t{1} << work;
  const std::uint64_t memory = n * kBlock * 128 + (std::uint64_t{1} << 20);
  const auto* text = static_cast<const char*>(static_cast<const void*>(password.data()));
  require(EVP_PBE_scrypt(text, password.size(), salt.data(), salt.size(), n, kBlock, 1, memory,
                         key.data().data(), key.size()) == 1,
          "scrypt");
  return key;
}

SecretBytes agreed(EVP_PKEY* own, EVP_PKEY* other) {
  auto secret = SecretBytes::zeros(kKey);
  std::size_t size = secret.size();
  const PkeyContext context(EVP_PKEY_CTX_new(own, nullptr));
  require(context && EVP_PKEY_derive_init(context.get()) == 1 &&
              EVP_PKEY_derive_set_peer(context.get(), other) == 1 &&
              EVP_PKEY_derive(context.get(), secret.data().data(), &size) == 1,
          "X25519");
  return secret;
}

/// HKDF-SHA-256 (RFC 5869) over what was agreed on, bound to the ephemeral key.
SecretBytes key_of(EVP_PKEY* own, EVP_PKEY* other, Bytes ephemeral) {
  const SecretBytes secret = agreed(own, other);
  auto key = SecretBytes::zeros(kKey);
  std::size_t size = key.size();
  const PkeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr));
  require(
      context && EVP_PKEY_derive_init(context.get()) == 1 &&
          EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_salt(context.get(), ephemeral.data(), size_of(ephemeral)) == 1 &&
          EVP_PKEY_CTX_set1_hkdf_key(context.get(), secret.view().data(), size_of(secret.view())) ==
              1 &&
          EVP_PKEY_derive(context.get(), key.data().data(), &size) == 1,
      "HKDF");
  return key;
}

Pkey public_key(Bytes bytes) {
  return Pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes.data(), bytes.size()));
}

Pkey private_key(Bytes bytes) {
  return Pkey(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes.data(), bytes.size()));
}

std::vector<std::uint8_t> public_half_of(EVP_PKEY* key) {
  std::vector<std::uint8_t> bytes(kKey);
  std::size_t size = bytes.size();
  require(EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) == 1, "X25519");
  return bytes;
}

}  // namespace

SecretBytes random_bytes(std::size_t count) {
  auto bytes = SecretBytes::zeros(count);
  require(RAND_bytes(bytes.data().data(), static_cast<int>(count)) == 1, "random numbers");
  return bytes;
}

std::vector<std::uint8_t> random_id(std::size_t count) {
  const SecretBytes bytes = random_bytes(count);
  return {bytes.view().begin(), bytes.view().end()};
}

std::vector<std::uint8_t> wrap(Bytes key, Bytes password, WorkFactor work) {
  const auto factor = static_cast<std::uint8_t>(work);
  std::vector<std::uint8_t> wrapped{factor};
  std::ranges::copy(random_id(kSalt), std::back_inserter(wrapped));
  const SecretBytes stretched = stretch(password, Bytes(wrapped).subspan(1), factor);
  encrypt(wrapped, stretched.view(), key, std::vector{factor});
  return wrapped;
}

std::optional<SecretBytes> unwrap(Bytes wrapped, Bytes password) {
  protocol::ByteReader in(wrapped);
  const std::uint8_t factor = in.u8();
  const Bytes salt = in.bytes(kSalt);
  if (!in.ok() || factor < static_cast<std::uint8_t>(WorkFactor::Least) ||
      factor > static_cast<std::uint8_t>(WorkFactor::Most)) {
    return std::nullopt;
  }
  return decrypt(in.rest(), stretch(password, salt, factor).view(), wrapped.first(1));
}

CardKey make_card_key() {
  const Pkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  CardKey made{.private_half = SecretBytes::zeros(kKey), .public_half = {}};
  std::size_t size = kKey;
  require(
      key && EVP_PKEY_get_raw_private_key(key.get(), made.private_half.data().data(), &size) == 1,
      "X25519");
  made.public_half = public_half_of(key.get());
  return made;
}

std::vector<std::uint8_t> seal(Bytes public_half, Bytes content, Bytes about) {
  const Pkey ephemeral(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519"));
  const Pkey card = public_key(public_half);
  require(ephemeral && card, "X25519");
  std::vector<std::uint8_t> sealed = public_half_of(ephemeral.get());
  const SecretBytes key = key_of(ephemeral.get(), card.get(), sealed);
  encrypt(sealed, key.view(), content, about);
  return sealed;
}

std::optional<SecretBytes> unseal(Bytes private_half, Bytes sealed, Bytes about) {
  if (sealed.size() < kKey) return std::nullopt;
  const Bytes ephemeral = sealed.first(kKey);
  const Pkey card = private_key(private_half);
  const Pkey other = public_key(ephemeral);
  require(card && other, "X25519");
  return decrypt(sealed.subspan(kKey), key_of(card.get(), other.get(), ephemeral).view(), about);
}

}  // namespace vscard::cards::piv
