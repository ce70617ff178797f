#pragma once

#include "pcsc-bridge/serve/options.hpp"
#include "pcsc-bridge/serve/service.hpp"
#include "program/common_commands.hpp"

#include <functional>
#include <vector>

namespace vscard::pcsc_bridge::serve {

/// add-reader and remove-reader. `pcsc` outlives what they are used in; `add` adds a reader that is
/// to be checked no further, and `place` gives an endpoint for one whose user named none.
std::vector<program::Command> reader_commands(
    Service& pcsc, std::function<Result<>(const ReaderSpec&)> add,
    std::function<Result<std::string>(const std::string& name)> place);

/// The rows of `list`: a reader, its card and its client.
std::vector<program::ListRow> reader_rows(const Service& pcsc);

}  // namespace vscard::pcsc_bridge::serve
