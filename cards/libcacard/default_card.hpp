#pragma once

#include "cards/libcacard/card.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace vscard::cards::libcacard {

/// Where a user's own soft card is kept: $XDG_STATE_HOME/vscard/soft-card, else below
/// ~/.local/state. The error says what is missing.
Result<std::filesystem::path> default_card_folder();

/// The soft card in `folder`, made with this PIN if there is none yet: that takes some seconds, and
/// `tell` gets lines for the user. One of several programs makes it, and the others wait. Stopped
/// by a signal, it leaves nothing. `pin` is empty for the well-known one.
Result<SoftCard> open_default_card(const std::filesystem::path& folder,
                                   const protocol::SecretBytes& pin,
                                   const std::function<void(const std::string&)>& tell);

}  // namespace vscard::cards::libcacard
