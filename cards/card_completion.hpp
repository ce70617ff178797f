#pragma once

#include "program/completion.hpp"

#include <functional>
#include <string>

namespace vscard::cards {

/// The values that only a library knows: of the key, for a card whose database is `database`.
using CompleteValue =
    std::function<program::Words(const std::string& key, const std::string& database)>;

/// What --card may say that begins so: kinds, their keys, folders, and what `libraries` gives.
program::Words complete_card(const std::string& begun, const CompleteValue& libraries);

}  // namespace vscard::cards
