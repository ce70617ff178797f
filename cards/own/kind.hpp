#pragma once

#include "cards/card_set.hpp"
#include "cards/kind.hpp"

namespace vscard::cards::own {

extern const Kind kOwn;  ///< "soft" without keys: the user's own soft card

/// The card that is kept for the user, made the first time: a PIV card, or a CAC if an earlier
/// version made it.
Result<Became> become(const CardSpec& spec, const OpenOptions& options);

// For programs that link neither NSS nor libcacard.

/// Is it made already, and a PIV card?
bool is_piv_card();
/// become() where that is so; else the error is a line for the user.
Result<Became> become_piv_card(const CardSpec& spec, const OpenOptions& options);

}  // namespace vscard::cards::own
