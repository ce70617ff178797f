#pragma once

#include "cards/piv/factory.hpp"
#include "cards/piv/openssl.hpp"
#include "cards/piv/state.hpp"
#include "protocol/failure.hpp"

#include <optional>
#include <span>
#include <vector>

namespace vscard::cards::piv {

/// A key and the certificate that goes with it.
struct KeyAndCertificate {
  Pkey key;                               ///< a private one, or a public one if a holder has it
  std::vector<std::uint8_t> certificate;  ///< DER, at most kMaxCertificate bytes
  std::optional<Slot> slot = {};          ///< of all keys or of none; else in their order
};

/// Bytes of a certificate in DER: with what is around it, it fills an object.
inline constexpr std::size_t kMaxCertificate = kMaxObject - 16;

/// 9A, 9C, 9D, 9E and the 20 retired slots.
inline constexpr std::size_t kMaxKeys = 24;

/// Where the private keys are: on the card, or with a KeyHolder.
enum class Custody : std::uint8_t { Card, Holder };

/// Puts keys on a card that has none, in 9A, 9C, 9D, 9E (which asks for no PIN), then 82 to 95: RSA
/// of 2048, 3072 or 4096 bits, P-256 or P-384. A failure, a line for the user, says which key
/// cannot be shown and why.
Result<> put_keys(State& state, std::span<const KeyAndCertificate> keys,
                  Custody custody = Custody::Card);

/// The card with these keys in place of its own, and with their identity. PIN, PUK and their tries
/// stay. Failures are those of put_keys().
Result<State> with_other_keys(const State& state, std::span<const KeyAndCertificate> keys,
                              Custody custody = Custody::Card);

/// What new_card() gives, with an identity that is the same for the same certificates, so that what
/// names the card finds it again; with a PUK that nobody knows, and the least work.
NewCard card_for(std::span<const KeyAndCertificate> keys);

}  // namespace vscard::cards::piv
