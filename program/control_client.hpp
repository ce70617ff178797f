#pragma once

#include "async/awaitable.hpp"
#include "program/words.hpp"
#include "protocol/failure.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace vscard::program {

/// Longer than a server's: if that one gives up, it tells why.
inline constexpr std::chrono::seconds kControlPatience{15};

/// Takes a line of an answer, without its newline.
using LineSink = std::function<void(std::string_view line)>;

/// Sends a command to a control socket and passes on the lines of its answer, until the other side
/// ends it. The answer has to begin within `patience`, and an error has to be there. The error is a
/// line for the user: what the command says, or what failed.
Awaitable<Result<>> follow(std::string address, Words words, LineSink sink,
                           protocol::Duration patience = kControlPatience);

/// Sends a command and gives its whole answer, within `patience`.
Awaitable<Result<std::string>> ask(std::string address, Words words,
                                   protocol::Duration patience = kControlPatience);

/// The same, for those that may block.
Result<> follow_blocking(const std::string& address, const Words& words, const LineSink& sink);
Result<std::string> control(const std::string& address, const Words& words);

}  // namespace vscard::program
