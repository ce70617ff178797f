#include "cards/piv/key_pair.hpp"

#include "cards/piv/tlv.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <string_view>

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kUncompressed = 0x04;  ///< SEC 1 §2.3.3

const char* curve_of(Algorithm algorithm) {
  return algorithm == Algorithm::EccP256 ? "P-256" : "P-384";
}

/// What OpenSSL says about a refusal is not shown to anybody.
Pkey refused() {
  ERR_clear_error();
  return {};
}

std::vector<std::uint8_t> number(const EVP_PKEY& key, const char* name, std::size_t size) {
  BIGNUM* value = nullptr;
  require(EVP_PKEY_get_bn_param(&key, name, &value) == 1, "a key's numbers");
  const BigNumber owned(value);
  const std::size_t bytes = size != 0 ? size : static_cast<std::size_t>(BN_num_bytes(value));
  std::vector<std::uint8_t> out(bytes);
  require(BN_bn2binpad(value, out.data(), static_cast<int>(bytes)) >= 0, "a key's numbers");
  return out;
}

std::vector<std::uint8_t> point_of(const EVP_PKEY& key, Algorithm algorithm) {
  std::vector<std::uint8_t> point{kUncompressed};
  for (const char* name : {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y}) {
    const auto coordinate = number(key, name, size_of(algorithm));
    point.insert(point.end(), coordinate.begin(), coordinate.end());
  }
  return point;
}

/// As EVP wants it: into a buffer of the size that it asks for.
template <class Operation>
std::optional<SecretBytes> into_buffer(const Operation& operation) {
  std::size_t size = 0;
  if (operation(nullptr, &size) != 1) return std::nullopt;
  auto out = SecretBytes::zeros(size);
  if (operation(out.data().data(), &size) != 1) return std::nullopt;
  out.truncate(size);
  return out;
}

std::optional<SecretBytes> sign_with_rsa(EVP_PKEY_CTX* context, Bytes data) {
  if (EVP_PKEY_decrypt_init(context) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) != 1) {
    return std::nullopt;
  }
  return into_buffer([&](std::uint8_t* out, std::size_t* size) {
    return EVP_PKEY_decrypt(context, out, size, data.data(), data.size());
  });
}

std::optional<SecretBytes> sign_with_ecc(EVP_PKEY_CTX* context, Bytes data) {
  if (EVP_PKEY_sign_init(context) != 1) return std::nullopt;
  return into_buffer([&](std::uint8_t* out, std::size_t* size) {
    return EVP_PKEY_sign(context, out, size, data.data(), data.size());
  });
}

Pkey peer_of(EVP_PKEY& key, Bytes point) {
  Pkey peer(EVP_PKEY_new());
  if (!peer || EVP_PKEY_copy_parameters(peer.get(), &key) != 1 ||
      EVP_PKEY_set1_encoded_public_key(peer.get(), point.data(), point.size()) != 1) {
    return refused();
  }
  return peer;
}

}  // namespace

Pkey generate(Algorithm algorithm) {
  Pkey key(is_ecc(algorithm) ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve_of(algorithm))
                             : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_of(algorithm) * 8));
  require(key != nullptr, "a pair of keys");
  return key;
}

std::optional<Algorithm> algorithm_of(const EVP_PKEY& key) {
  const int bits = EVP_PKEY_get_bits(&key);
  if (EVP_PKEY_is_a(&key, "RSA") == 1) {
    switch (bits) {
      case 2048:
        return Algorithm::Rsa2048;
      case 3072:
        return Algorithm::Rsa3072;
      case 4096:
        return Algorithm::Rsa4096;
      default:
        return std::nullopt;
    }
  }
  std::array<char, 64> group{};
  if (EVP_PKEY_is_a(&key, "EC") != 1 ||
      EVP_PKEY_get_group_name(&key, group.data(), group.size(), nullptr) != 1) {
    return std::nullopt;
  }
  const std::string_view curve(group.data());
  if (curve == "prime256v1" || curve == "P-256") return Algorithm::EccP256;
  if (curve == "secp384r1" || curve == "P-384") return Algorithm::EccP384;
  return std::nullopt;
}

SecretBytes private_der(const EVP_PKEY& key) {
  using Info = std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpensslFree<PKCS8_PRIV_KEY_INFO_free>>;
  const Info info(EVP_PKEY2PKCS8(&key));
  const int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr) : -1;
  require(size > 0, "a private key");
  auto der = SecretBytes::zeros(static_cast<std::size_t>(size));
  std::uint8_t* out = der.data().data();
  require(i2d_PKCS8_PRIV_KEY_INFO(info.get(), &out) == size, "a private key");
  return der;
}

Pkey private_from_der(Bytes der) {
  const std::uint8_t* in = der.data();
  Pkey key(d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(der.size())));
  return key ? std::move(key) : refused();
}

std::vector<std::uint8_t> public_der(const EVP_PKEY& key) {
  const int size = i2d_PUBKEY(&key, nullptr);
  require(size > 0, "a public key");
  std::vector<std::uint8_t> der(static_cast<std::size_t>(size));
  std::uint8_t* out = der.data();
  require(i2d_PUBKEY(&key, &out) == size, "a public key");
  return der;
}

Pkey public_from_der(Bytes der) {
  const std::uint8_t* in = der.data();
  Pkey key(d2i_PUBKEY(nullptr, &in, static_cast<long>(der.size())));
  return key ? std::move(key) : refused();
}

std::vector<std::uint8_t> public_template(const EVP_PKEY& key) {
  const auto algorithm = algorithm_of(key);
  require(algorithm.has_value(), "a public key");
  std::vector<std::uint8_t> out;
  if (is_rsa(*algorithm)) {
    put_tlv(out, 0x81, number(key, OSSL_PKEY_PARAM_RSA_N, size_of(*algorithm)));
    put_tlv(out, 0x82, number(key, OSSL_PKEY_PARAM_RSA_E, 0));
  } else {
    put_tlv(out, 0x86, point_of(key, *algorithm));
  }
  return out;
}

std::optional<SecretBytes> sign(EVP_PKEY& key, Bytes data) {
  const auto algorithm = algorithm_of(key);
  if (!algorithm || data.empty() || data.size() > size_of(*algorithm)) return std::nullopt;
  const bool rsa = is_rsa(*algorithm);
  if (rsa && data.size() != size_of(*algorithm)) return std::nullopt;
  const PkeyContext context(EVP_PKEY_CTX_new(&key, nullptr));
  require(context != nullptr, "a signature");
  auto made = rsa ? sign_with_rsa(context.get(), data) : sign_with_ecc(context.get(), data);
  if (!made) ERR_clear_error();
  return made;
}

std::optional<SecretBytes> agree(EVP_PKEY& key, Bytes point) {
  const auto algorithm = algorithm_of(key);
  if (!algorithm || !is_ecc(*algorithm) || point.size() != 1 + 2 * size_of(*algorithm) ||
      point[0] != kUncompressed) {
    return std::nullopt;
  }
  const Pkey peer = peer_of(key, point);
  const PkeyContext context(EVP_PKEY_CTX_new(&key, nullptr));
  if (!peer || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  return into_buffer([&](std::uint8_t* out, std::size_t* size) {
    return EVP_PKEY_derive(context.get(), out, size);
  });
}

}  // namespace vscard::cards::piv
