#include "cards/piv/factory.hpp"

#include "cards/piv/attestation.hpp"
#include "cards/piv/block_cipher.hpp"
#include "cards/piv/new_key.hpp"
#include "cards/piv/objects.hpp"
#include "cards/piv/pin.hpp"

#include <utility>

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kTries = 3;                 ///< as of most PIV cards
constexpr std::uint32_t kSerialBits = 0x7fffffff;  ///< a positive number, wherever it is shown

Reference reference(Bytes private_half, const SecretBytes& password, WorkFactor work) {
  return {.tries = kTries, .most = kTries, .wrapped = wrap(private_half, password.view(), work)};
}

std::uint32_t random_serial() {
  const SecretBytes bytes = random_bytes(4);
  return protocol::ByteReader(bytes.view()).u32_be() & kSerialBits;
}

}  // namespace

NewCard new_card() {
  return {.pin = padded(kDefaultPin),
          .puk = padded(kDefaultPuk),
          .serial = random_serial(),
          .guid = random_id(kGuid)};
}

State make_card(const NewCard& card) {
  const CardKey key = make_card_key();
  State state{.serial = card.serial,
              .card_key = key.public_half,
              .pin = reference(key.private_half.view(), card.pin, card.work),
              .puk = reference(key.private_half.view(), card.puk, card.work),
              .management = default_management_key(),
              .keys = {},
              .objects = {}};
  set_identity(state, card.guid);
  update_key_history(state);
  const Pkey signer = generate(Algorithm::EccP256);
  state.keys.emplace(Slot::Attestation, make_slot_key(Slot::Attestation, *signer, PinPolicy::Never,
                                                      Origin::Generated, state.card_key));
  state.objects[Tag::AttestationCertificate] = certificate_object(attestation_authority(*signer));
  return state;
}

}  // namespace vscard::cards::piv
