#include "chardev/vnc/password.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace vscard::chardev::vnc {
namespace {

constexpr std::size_t kDesKey = 8;  ///< bytes
constexpr unsigned kBits = 8;       ///< in a byte

struct ContextFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

/// VNC has always begun with the lowest bit.
std::uint8_t mirrored(std::uint8_t byte) {
  unsigned result = 0;
  for (unsigned bit = 0; bit < kBits; ++bit) result = (result << 1) | ((byte >> bit) & 1);
  return static_cast<std::uint8_t>(result);
}

/// The key thrice: triple DES of it is DES, and OpenSSL 3 has that without its legacy provider.
protocol::SecretBytes key_of(const protocol::SecretBytes& password) {
  auto key = protocol::SecretBytes::zeros(3 * kDesKey);
  const std::size_t size = std::min(password.size(), kDesKey);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const std::size_t at = i % kDesKey;
    if (at < size) key.data()[i] = mirrored(password.view()[at]);
  }
  return key;
}

}  // namespace

std::expected<std::vector<std::uint8_t>, Errc> answer_challenge(
    Bytes challenge, const protocol::SecretBytes& password) {
  const auto key = key_of(password);
  const std::unique_ptr<EVP_CIPHER_CTX, ContextFree> context(EVP_CIPHER_CTX_new());
  std::vector<std::uint8_t> answer(challenge.size());
  int size = 0;
  const bool encrypted = context &&
                         EVP_EncryptInit_ex2(context.get(), EVP_des_ede3_ecb(), key.view().data(),
                                             nullptr, nullptr) == 1 &&
                         EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                         EVP_EncryptUpdate(context.get(), answer.data(), &size, challenge.data(),
                                           static_cast<int>(challenge.size())) == 1;
  if (!encrypted || size != static_cast<int>(challenge.size())) {
    return std::unexpected(Errc::NoDes);
  }
  return answer;
}

}  // namespace vscard::chardev::vnc
