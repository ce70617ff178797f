#pragma once

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

/// add-reader and remove-reader. `pcsc` outlives them.
std::vector<program::Command> reader_commands(Service& pcsc, AddReader add);

/// The rows of `list`: a reader, its card and its client.
std::vector<program::ListRow> reader_rows(const Service& pcsc);

}  // namespace vscard::pcsc_bridge::serve
