#pragma once

#include "cards/link/commands.hpp"
#include "pcsc-bridge/serve/options.hpp"
#include "pcsc-bridge/serve/service.hpp"
#include "program/common_commands.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::serve {

/// Adds a reader of this name, whose card comes from the endpoint; without one, from a place that
/// is made for it. Gives what the user is to know of that. The errors are lines for the user.
using AddReader = std::function<Result<std::string>(const std::string& name,
                                                    const std::optional<std::string>& endpoint)>;

/// Removes the reader of this name, and with it a card of this process that is in it.
using RemoveReader = std::function<Result<>(const std::string& name)>;

/// add-reader and remove-reader. They take a name as `list` shows it, or as the user gave it.
std::vector<program::Command> reader_commands(AddReader add, RemoveReader remove);

/// The rows of `list`: a reader, its card and its client; `held` are the cards of this process.
std::vector<program::ListRow> reader_rows(const Service& pcsc,
                                          const std::vector<cards::link::HeldCard>& held);

}  // namespace vscard::pcsc_bridge::serve
