#include "cards/piv/block_cipher.hpp"

#include "cards/piv/openssl.hpp"

#include <array>

namespace vscard::cards::piv {
namespace {

const EVP_CIPHER* cipher_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::Aes128:
      return EVP_aes_128_ecb();
    case Algorithm::Aes192:
      return EVP_aes_192_ecb();
    case Algorithm::Aes256:
      return EVP_aes_256_ecb();
    case Algorithm::TripleDes:
    case Algorithm::Rsa2048:
    case Algorithm::Rsa3072:
    case Algorithm::Rsa4096:
    case Algorithm::EccP256:
    case Algorithm::EccP384:
      break;
  }
  return EVP_des_ede3_ecb();
}

}  // namespace

SecretBytes encrypt_block(const ManagementKey& key, Bytes block) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  auto out = SecretBytes::zeros(block.size() + block_size(key.algorithm));
  int size = 0;
  require(context &&
              EVP_EncryptInit_ex(context.get(), cipher_of(key.algorithm), nullptr,
                                 key.value.view().data(), nullptr) == 1 &&
              EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
              EVP_EncryptUpdate(context.get(), out.data().data(), &size, block.data(),
                                static_cast<int>(block.size())) == 1,
          "a block cipher");
  out.truncate(static_cast<std::size_t>(size));
  return out;
}

ManagementKey default_management_key() {
  ManagementKey key{.algorithm = Algorithm::TripleDes, .value = SecretBytes::with_capacity(24)};
  for (std::uint8_t i = 0; i < 24; ++i) key.value.push_back(static_cast<std::uint8_t>(i % 8 + 1));
  return key;
}

}  // namespace vscard::cards::piv
