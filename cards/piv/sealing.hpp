#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <optional>
#include <vector>

/// How a card's keys lie on the disk. Its card key is an X25519 key, of which the private half is
/// wrapped once by the PIN and once by the PUK. What is sealed to the public half can be written
/// without a PIN, and read only with one.
namespace vscard::cards::piv {

using protocol::Bytes;
using protocol::SecretBytes;

protocol::SecretBytes random_bytes(std::size_t count);
/// For what everybody may see.
std::vector<std::uint8_t> random_id(std::size_t count);

/// scrypt's N is 2 to this power; r is 8 and p is 1 (RFC 7914). A try takes 70 ms with 15, and
/// 32 MiB.
enum class WorkFactor : std::uint8_t {
  Least = 1,  ///< for a card whose PIN is not worth a guess: its keys lie beside it
  Standard = 15,
  Most = 18,
};

/// work factor (1) | salt (16) | nonce (12) | encrypted (as long as the key) | tag (16)
std::vector<std::uint8_t> wrap(Bytes key, Bytes password, WorkFactor work);
/// Nothing: the password is wrong, or `wrapped` is not what wrap() gave.
std::optional<SecretBytes> unwrap(Bytes wrapped, Bytes password);

struct CardKey {
  SecretBytes private_half;
  std::vector<std::uint8_t> public_half;
};
CardKey make_card_key();

/// ephemeral public key (32) | nonce (12) | encrypted | tag (16). `about` is what the content is
/// bound to, and is not in there.
std::vector<std::uint8_t> seal(Bytes public_half, Bytes content, Bytes about);
std::optional<SecretBytes> unseal(Bytes private_half, Bytes sealed, Bytes about);

}  // namespace vscard::cards::piv
