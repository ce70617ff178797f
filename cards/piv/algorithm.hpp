#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vscard::cards::piv {

/// P1 of GENERAL AUTHENTICATE, SP 800-78-4 table 6-2. RSA-4096 has none there, and YubiKey's here.
enum class Algorithm : std::uint8_t {
  TripleDes = 0x03,
  Rsa3072 = 0x05,
  Rsa2048 = 0x07,
  Aes128 = 0x08,
  Aes192 = 0x0a,
  Aes256 = 0x0c,
  EccP256 = 0x11,
  EccP384 = 0x14,
  Rsa4096 = 0x16,
};

/// Of a pair of keys.
constexpr std::optional<Algorithm> pair_algorithm(std::uint8_t byte) {
  switch (byte) {
    case 0x05:
      return Algorithm::Rsa3072;
    case 0x07:
      return Algorithm::Rsa2048;
    case 0x11:
      return Algorithm::EccP256;
    case 0x14:
      return Algorithm::EccP384;
    case 0x16:
      return Algorithm::Rsa4096;
    default:
      return std::nullopt;
  }
}

/// Of a management key.
constexpr std::optional<Algorithm> cipher_algorithm(std::uint8_t byte) {
  switch (byte) {
    case 0x00:  // the default, SP 800-73-4 part 2 table 5
    case 0x03:
      return Algorithm::TripleDes;
    case 0x08:
      return Algorithm::Aes128;
    case 0x0a:
      return Algorithm::Aes192;
    case 0x0c:
      return Algorithm::Aes256;
    default:
      return std::nullopt;
  }
}

/// Bytes of an RSA modulus, or of a coordinate on the curve; of a management key, its size.
constexpr std::size_t size_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::Aes128:
      return 16;
    case Algorithm::TripleDes:
    case Algorithm::Aes192:
      return 24;
    case Algorithm::Aes256:
    case Algorithm::EccP256:
      return 32;
    case Algorithm::EccP384:
      return 48;
    case Algorithm::Rsa2048:
      return 256;
    case Algorithm::Rsa3072:
      return 384;
    case Algorithm::Rsa4096:
      return 512;
  }
  return 0;
}

constexpr bool is_rsa(Algorithm algorithm) {
  return algorithm == Algorithm::Rsa2048 || algorithm == Algorithm::Rsa3072 ||
         algorithm == Algorithm::Rsa4096;
}

constexpr bool is_ecc(Algorithm algorithm) {
  return algorithm == Algorithm::EccP256 || algorithm == Algorithm::EccP384;
}

}  // namespace vscard::cards::piv
