#pragma once

#include "cards/kind.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::cards {

using Kinds = std::span<const Kind* const>;

/// All of the table, in the order of help.
Kinds kinds();

inline constexpr const char* kDefaultCard = "soft";

// Failures are lines for the user.

/// "soft", "soft:db=DIR,cert=A", "pcsc:reader=NAME" …
Result<CardSpec> parse_card_spec(std::string_view text, Kinds kinds = cards::kinds());
/// The same from its parts: the name of a kind, and what Kind::parse takes.
Result<CardSpec> make_card_spec(std::string_view kind, const chardev::KeyList& list,
                                Kinds kinds = cards::kinds());

/// Names the cards that have no name: "soft", "soft2", "token". Fails when two have the same one,
/// as `shown_as` writes it; that may make one of two names.
Result<> name_cards(const std::vector<CardSpec*>& specs,
                    const std::function<std::string(const std::string&)>& shown_as);

/// For help: how to ask for a card of each kind, two columns of text, indented.
std::string describe_kinds(Kinds kinds = cards::kinds());

}  // namespace vscard::cards
