#include "bench/piv_card.hpp"

#include "bench/expect.hpp"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace vscard::bench {
namespace {

using protocol::Bytes;

constexpr auto kSelect = std::to_array<std::uint8_t>(
    {0x00, 0xa4, 0x04, 0x00, 9, 0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x00});
constexpr auto kVerify = std::to_array<std::uint8_t>(
    {0x00, 0x20, 0x00, 0x80, 8, '1', '2', '3', '4', '5', '6', '7', '8'});
constexpr auto kGetRest = std::to_array<std::uint8_t>({0x00, 0xc0, 0x00, 0x00, 0x00});

constexpr std::size_t kRsaBlock = 256;  ///< bytes: the key has 2048 bits
constexpr std::size_t kHash = 32;       ///< bytes, SHA-256
constexpr std::size_t kFirstPart = 255;

/// A number that is less than any modulus.
std::vector<std::uint8_t> block() {
  std::vector<std::uint8_t> bytes(kRsaBlock, 0xff);
  bytes[0] = 0;
  bytes[1] = 1;
  return bytes;
}

/// 7C { 82 empty, 81 challenge }, SP 800-73-4 part 2 §3.2.4.
std::vector<std::uint8_t> rsa_template() {
  std::vector<std::uint8_t> bytes{0x7c, 0x82, 0x01, 0x06, 0x82, 0x00, 0x81, 0x82, 0x01, 0x00};
  const auto challenge = block();
  bytes.insert(bytes.end(), challenge.begin(), challenge.end());
  return bytes;
}

protocol::SecretBytes command(std::uint8_t cla, std::uint8_t algorithm, std::uint8_t slot,
                              Bytes data) {
  return protocol::iso7816::CommandApdu{
      .cla = cla, .ins = 0x87, .p1 = algorithm, .p2 = slot, .data = data, .ne = 256}
      .encode()
      .value();
}

void sign_with_rsa(Host& host, Samples& samples, std::chrono::milliseconds length) {
  const auto data = rsa_template();
  const auto first = command(0x10, 0x07, 0x9a, Bytes(data).first(kFirstPart));
  const auto last = command(0x00, 0x07, 0x9a, Bytes(data).subspan(kFirstPart));
  samples.collect(length, [&] {
    expect(host, first.view(), 0, kSuccess);
    expect(host, last.view(), kRsaBlock, kDataThere);
    expect(host, kGetRest, 8, kSuccess);
  });
}

void sign_with_ec(Host& host, Samples& samples, std::chrono::milliseconds length) {
  std::vector<std::uint8_t> data{0x7c, 4 + kHash, 0x82, 0x00, 0x81, kHash};
  data.resize(data.size() + kHash, 0x5a);
  const auto sign = command(0x00, 0x11, 0x9d, data);
  samples.collect(length, [&] { expect(host, sign.view(), 64, kSuccess); });
}

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

/// As the card does it, but for what is around it.
void openssl_rsa(Samples& samples, std::chrono::milliseconds length) {
  const std::unique_ptr<EVP_PKEY, Free> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
  const auto in = block();
  std::vector<std::uint8_t> out(kRsaBlock);
  samples.collect(length, [&] {
    const std::unique_ptr<EVP_PKEY_CTX, Free> context(EVP_PKEY_CTX_new(key.get(), nullptr));
    std::size_t size = out.size();
    if (EVP_PKEY_decrypt_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) != 1 ||
        EVP_PKEY_decrypt(context.get(), out.data(), &size, in.data(), in.size()) != 1) {
      throw std::runtime_error("OpenSSL does not sign");
    }
  });
}

void openssl_ec(Samples& samples, std::chrono::milliseconds length) {
  const std::unique_ptr<EVP_PKEY, Free> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const std::vector<std::uint8_t> hash(kHash, 0x5a);
  std::vector<std::uint8_t> out(128);
  samples.collect(length, [&] {
    const std::unique_ptr<EVP_PKEY_CTX, Free> context(EVP_PKEY_CTX_new(key.get(), nullptr));
    std::size_t size = out.size();
    if (EVP_PKEY_sign_init(context.get()) != 1 ||
        EVP_PKEY_sign(context.get(), out.data(), &size, hash.data(), hash.size()) != 1) {
      throw std::runtime_error("OpenSSL does not sign");
    }
  });
}

}  // namespace

void measure_piv_card(Host& host, const std::function<Samples&(std::string_view)>& samples_of,
                      std::chrono::milliseconds length) {
  samples_of("SELECT").collect(length, [&] { expect(host, kSelect, 1, kSuccess); });
  expect(host, kVerify, 0, kSuccess);
  openssl_ec(samples_of("P-256, OpenSSL alone"), length);
  sign_with_ec(host, samples_of("P-256 sign"), length);
  openssl_rsa(samples_of("RSA-2048, OpenSSL alone"), length);
  sign_with_rsa(host, samples_of("RSA-2048 sign, 3 APDUs"), length);
}

}  // namespace vscard::bench
