#pragma once

#include "cards/piv/openssl.hpp"
#include "cards/piv/state.hpp"

#include <optional>
#include <vector>

/// Certificates by which a card says that it made a key itself, as YubiKeys do. Nobody vouches for
/// this card: anybody who has its folder can make any.
namespace vscard::cards::piv {

/// A certificate of the signer, by itself, in DER.
std::vector<std::uint8_t> attestation_authority(EVP_PKEY& signer);

/// Says in DER that the card with this serial number made the key in the slot. Nothing:
/// `authority`, in DER, is not a certificate, or the signer does not sign.
std::optional<std::vector<std::uint8_t>> attestation(Slot slot, const SlotKey& key,
                                                     std::uint32_t serial, EVP_PKEY& signer,
                                                     Bytes authority);

}  // namespace vscard::cards::piv
