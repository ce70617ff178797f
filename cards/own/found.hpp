#pragma once

#include "cards/card_set.hpp"
#include "certs-test/manifest.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace vscard::cards::own {

/// Where a user's own soft card is kept: $XDG_STATE_HOME/vscard/soft-card, else below
/// ~/.local/state. The error says what is missing.
Result<std::filesystem::path> card_folder();

/// The card in `folder`, with paths relative to it, of which `tell` gets a line for the user;
/// nothing: there is none yet.
Result<std::optional<certs_test::CardEntry>> find_card(
    const std::filesystem::path& folder, const std::function<void(const std::string&)>& tell);

/// `entry` is a PIV card's.
Became piv_card_of(const CardSpec& spec, const std::filesystem::path& folder,
                   const certs_test::CardEntry& entry);

}  // namespace vscard::cards::own
