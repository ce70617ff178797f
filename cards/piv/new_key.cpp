#include "cards/piv/new_key.hpp"

#include "cards/piv/sealing.hpp"
#include "cards/piv/tlv.hpp"

#include <array>

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kUsual = 0;
constexpr std::uint8_t kNoTouch = 1;

std::optional<std::uint8_t> only_byte(Bytes value) {
  return value.size() == 1 ? std::optional(value[0]) : std::nullopt;
}

bool get_policy(NewKey& key, Bytes value, Slot slot) {
  const auto policy = only_byte(value);
  if (!policy || *policy > static_cast<std::uint8_t>(PinPolicy::Always)) return false;
  key.policy = *policy == kUsual ? usual_policy(slot) : static_cast<PinPolicy>(*policy);
  return true;
}

bool get(NewKey& key, const Tlv& tlv, Slot slot) {
  if (tlv.tag >= 0x01 && tlv.tag <= key.rsa.size()) {
    key.rsa.at(tlv.tag - 1U) = tlv.value;
    return true;
  }
  const auto byte = only_byte(tlv.value);
  switch (tlv.tag) {
    case 0x06:
      key.scalar = tlv.value;
      return true;
    case 0x80:
      key.algorithm = byte ? pair_algorithm(*byte) : std::nullopt;
      return !!key.algorithm;
    case 0xaa:
      return get_policy(key, tlv.value, slot);
    case 0xab:
      return byte == kUsual || byte == kNoTouch;
    default:
      return false;
  }
}

/// A key that is moved to another slot, or asked for less often, does not open.
std::array<std::uint8_t, 3> about(Slot slot, Algorithm algorithm, PinPolicy policy) {
  return {static_cast<std::uint8_t>(slot), static_cast<std::uint8_t>(algorithm),
          static_cast<std::uint8_t>(policy)};
}

}  // namespace

std::optional<NewKey> parse_new_key(Bytes bytes, Slot slot) {
  NewKey key{.algorithm = {}, .rsa = {}, .scalar = {}, .policy = usual_policy(slot)};
  TlvReader in(bytes);
  while (const auto tlv = in.next()) {
    if (!get(key, *tlv, slot)) return std::nullopt;
  }
  if (!in.ok()) return std::nullopt;
  return key;
}

SlotKey make_slot_key(Slot slot, const EVP_PKEY& key, PinPolicy policy, Origin origin,
                      Bytes public_half) {
  const auto algorithm = algorithm_of(key);
  require(algorithm.has_value(), "a key of a card");
  SlotKey made{.algorithm = *algorithm,
               .policy = policy,
               .origin = origin,
               .content = private_der(key),
               .public_key = public_der(key)};
  if (policy != PinPolicy::Never) {
    made.content = SecretBytes::copy_of(
        seal(public_half, made.content.view(), about(slot, *algorithm, policy)));
  }
  return made;
}

Pkey open_key(Slot slot, const SlotKey& key, Bytes private_half) {
  if (key.policy == PinPolicy::Never) return private_from_der(key.content.view());
  const auto der = unseal(private_half, key.content.view(), about(slot, key.algorithm, key.policy));
  return der ? private_from_der(der->view()) : Pkey{};
}

}  // namespace vscard::cards::piv
