#pragma once

#include "cards/libcacard/card.hpp"
#include "cards/libcacard/token.hpp"
#include "protocol/failure.hpp"

#include <vector>

namespace vscard::cards::libcacard {

/// The token that a card is, and that no other card has taken. Without a slot's name it is the
/// first that has a certificate whose key it may have: lists of CAs are none. The error tells why
/// each slot cannot be it. Lets NSS see the token's certificates.
Result<Token> choose_token(const TokenCard& card, const std::vector<Token>& taken);

}  // namespace vscard::cards::libcacard
