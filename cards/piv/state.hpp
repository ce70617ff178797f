#pragma once

#include "cards/piv/algorithm.hpp"
#include "cards/piv/slot.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace vscard::cards::piv {

using protocol::Bytes;
using protocol::SecretBytes;

/// The PIN or the PUK. What is compared is whether it opens the card key.
struct Reference {
  std::uint8_t tries = 0;             ///< left; 0: blocked
  std::uint8_t most = 3;              ///< after a right one
  std::vector<std::uint8_t> wrapped;  ///< the private half of the card key, by wrap()

  bool operator==(const Reference&) const = default;
};

struct ManagementKey {
  Algorithm algorithm = Algorithm::TripleDes;
  SecretBytes value;

  bool operator==(const ManagementKey&) const = default;
};

enum class Origin : std::uint8_t { Generated = 1, Imported = 2 };  ///< as YubiKey numbers them

/// A private key, in PKCS#8: in the clear if it asks for no PIN, else sealed to the card key.
struct SlotKey {
  Algorithm algorithm = Algorithm::Rsa2048;
  PinPolicy policy = PinPolicy::Once;
  Origin origin = Origin::Generated;
  SecretBytes content;
  std::vector<std::uint8_t> public_key;  ///< SubjectPublicKeyInfo

  bool operator==(const SlotKey&) const = default;
};

/// All that a card keeps without power.
struct State {
  std::uint32_t serial = 0;
  std::vector<std::uint8_t> card_key;  ///< its public half
  Reference pin;
  Reference puk;
  ManagementKey management;
  std::map<Slot, SlotKey> keys;
  std::map<Tag, std::vector<std::uint8_t>> objects;  ///< what is inside of 53

  State clone() const;
  bool operator==(const State&) const = default;
};

inline constexpr std::size_t kMaxObject = 16384;                ///< bytes
inline constexpr std::size_t kMaxState = std::size_t{2} << 20;  ///< bytes, as encode() gives it

/// A line of text, then data objects.
SecretBytes encode(const State& state);
/// Nothing: not what encode() gives.
std::optional<State> decode(Bytes bytes);

}  // namespace vscard::cards::piv
