#pragma once

#include "cards/piv/key_pair.hpp"
#include "cards/piv/state.hpp"

#include <optional>

namespace vscard::cards::piv {

/// What a command says about the key that it makes or brings.
struct NewKey {
  std::optional<Algorithm> algorithm;  ///< 80, of one that is made
  RsaParts rsa;                        ///< 01 to 05, of one that is brought
  Bytes scalar;                        ///< 06
  PinPolicy policy = PinPolicy::Once;  ///< AA, YubiKey's; else what is usual for the slot
};

/// Views into `bytes`. Nothing: they do not hold, or ask for a touch.
std::optional<NewKey> parse_new_key(Bytes bytes, Slot slot);

/// As it is kept: sealed to the card key's public half, or in the clear where it asks for no PIN.
SlotKey make_slot_key(Slot slot, const EVP_PKEY& key, PinPolicy policy, Origin origin,
                      Bytes public_half);
/// Empty: not what make_slot_key() made for this slot.
Pkey open_key(Slot slot, const SlotKey& key, Bytes private_half);

}  // namespace vscard::cards::piv
