#pragma once

#include "cards/card_set.hpp"
#include "cards/files/identity.hpp"

/// What is the same for a PIV card and for a CAC of files.
namespace vscard::cards::files {

/// That of other soft cards, unless the user says another.
protocol::SecretBytes pin_of(const OpenOptions& options);

/// What of the files is not on the card, and what others can read. Then, where nothing is left, the
/// failure: `kind` is "a PIV card".
Result<> report(const Identities& found, std::size_t shown, const std::string& kind,
                const CardSpec& spec, const OpenOptions& options);

}  // namespace vscard::cards::files
