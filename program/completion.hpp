#pragma once

#include "program/words.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// What a shell may put in the place of a word that its user has begun. A shell starts
/// `PROGRAM --complete WORD...` with the words behind the program's name up to the cursor, the last
/// of which may be empty, and gets a candidate in each line, whole words.
namespace vscard::program {

inline constexpr std::string_view kCompleteOption = "--complete";

/// All that may stand there, whatever its beginning is; prints nothing.
using Complete = std::function<Words(const std::string& begun)>;

/// Those of `all` that begin so, in their order.
Words beginning_with(const std::string& begun, const Words& all);
/// `before` with each path that begins with `path`; folders end with a slash. "~/" is the home.
Words complete_path(const std::string& before, const std::string& path);
/// "connect:unix:PATH" …
Words complete_endpoint(const std::string& begun);
/// "unix:PATH", of a control socket.
Words complete_control(const std::string& begun);

/// `PROGRAM ctl …`: commands, and the cards or readers of a running program. `commands` is their
/// help.
Words complete_ctl(const std::string& program, const std::string& commands, const Words& words);

/// Prints them; the exit status.
int print_candidates(const Words& candidates);

/// For main(): the status, if the arguments ask for words behind `ctl`.
std::optional<int> answer_ctl_completion(const std::string& program, const std::string& commands,
                                         const Words& arguments);

}  // namespace vscard::program
