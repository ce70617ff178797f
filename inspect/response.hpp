#pragma once

#include "inspect/request.hpp"

#include <string>
#include <string_view>

namespace vscard::inspect {

/// The head of a response whose body ends with the connection. Its fields keep a browser from
/// everything that the page does not need: foreign scripts, frames, caches, guesses at types.
std::string response_head(Status status, std::string_view type);
/// … with a text as its body.
std::string response(Status status, std::string_view text);

}  // namespace vscard::inspect
