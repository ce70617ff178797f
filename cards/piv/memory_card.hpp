#pragma once

#include "cards/piv/openssl.hpp"
#include "cards/piv/state.hpp"
#include "cards/reader.hpp"
#include "protocol/failure.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vscard::cards::piv {

/// A private key and the certificate that goes with it.
struct KeyAndCertificate {
  Pkey key;
  std::vector<std::uint8_t> certificate;  ///< DER, at most kMaxObject bytes less 16
  std::optional<Slot> slot = {};          ///< of all keys or of none; else in their order
};

/// 9A, 9C, 9D, 9E and the 20 retired slots.
inline constexpr std::size_t kMaxMemoryKeys = 24;

/// A card that lives as long as its reader, with these keys in 9A, 9C, 9D, 9E (which asks for no
/// PIN), then 82 to 95: RSA of 2048, 3072 or 4096 bits, P-256 or P-384. The PIN has 6 to 8 digits.
/// There is no PUK, since whoever has the keys makes the card again. The same certificates give a
/// card of the same GUID. A failure, a line for the user, says which key cannot be shown and why.
/// Takes milliseconds.
Result<State> state_with(std::span<const KeyAndCertificate> keys, const SecretBytes& pin);

/// The reader of such a card.
Result<std::unique_ptr<cards::Reader>> make_memory_card(asio::any_io_executor executor,
                                                        std::span<const KeyAndCertificate> keys,
                                                        const SecretBytes& pin, std::string name);

}  // namespace vscard::cards::piv
