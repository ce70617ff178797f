#pragma once

#include "cards/libcacard/token.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>

namespace vscard::cards::libcacard {

bool is_verify(protocol::Bytes command);

/// What VERIFY answers to a wrong PIN, ISO 7816-4 §7.5.6 and table 6: the tries that are left,
/// where 15 is the most that it can say; 6983 when there is none.
std::uint16_t wrong_pin_status(Token::Tries tries);

/// libcacard answers 6985 to a wrong PIN, which guests take for a fault of the card. Call it with
/// the response to VERIFY, on the thread that got it.
void say_wrong_pin(protocol::SecretBytes& response, const Token& token);

}  // namespace vscard::cards::libcacard
