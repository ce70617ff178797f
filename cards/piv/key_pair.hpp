#pragma once

#include "cards/piv/algorithm.hpp"
#include "cards/piv/openssl.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <array>
#include <optional>
#include <vector>

/// What a card does with pairs of keys.
namespace vscard::cards::piv {

using protocol::Bytes;
using protocol::SecretBytes;

Pkey generate(Algorithm algorithm);

/// p, q, d mod p-1, d mod q-1 and 1/q mod p, as an import has them.
using RsaParts = std::array<Bytes, 5>;
/// Empty: they are not those of a key of this size, whose exponent is 65537.
Pkey import_rsa(Algorithm algorithm, const RsaParts& parts);
/// From its scalar, big endian, as long as a coordinate. Empty: not in the curve's range.
Pkey import_ecc(Algorithm algorithm, Bytes scalar);

/// Nothing: no card has such keys.
std::optional<Algorithm> algorithm_of(const EVP_PKEY& key);

/// PKCS#8 in DER.
SecretBytes private_der(const EVP_PKEY& key);
/// Empty: not a private key.
Pkey private_from_der(Bytes der);
/// SubjectPublicKeyInfo in DER.
std::vector<std::uint8_t> public_der(const EVP_PKEY& key);
/// Empty: not a public key.
Pkey public_from_der(Bytes der);

/// What GENERATE ASYMMETRIC KEY PAIR has in 7F49: 81 modulus and 82 exponent, or 86 point.
std::vector<std::uint8_t> public_template(const EVP_PKEY& key);

// Nothing: the data do not fit the key.

/// RSA: the bare private operation, for signatures and to decrypt. ECC: ECDSA over a hash, in DER.
std::optional<SecretBytes> sign(EVP_PKEY& key, Bytes data);
/// ECC: the x-coordinate of what is agreed on with an uncompressed point.
std::optional<SecretBytes> agree(EVP_PKEY& key, Bytes point);

}  // namespace vscard::cards::piv
