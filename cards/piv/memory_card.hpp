#pragma once

#include "cards/piv/contents.hpp"
#include "cards/piv/reader.hpp"
#include "protocol/failure.hpp"

#include <memory>
#include <span>
#include <string>

namespace vscard::cards::piv {

/// A card that lives as long as its reader, with these keys, see put_keys(). The PIN has 6 to 8
/// digits. There is no PUK, since whoever has the keys makes the card again. The same certificates
/// give a card of the same GUID. A failure is a line for the user. Takes milliseconds.
Result<State> state_with(std::span<const KeyAndCertificate> keys, const SecretBytes& pin);

/// The reader of such a card.
Result<std::unique_ptr<cards::Reader>> make_memory_card(asio::any_io_executor executor,
                                                        std::span<const KeyAndCertificate> keys,
                                                        const SecretBytes& pin, std::string name,
                                                        Renewal renewal = nullptr);

}  // namespace vscard::cards::piv
