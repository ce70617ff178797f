#pragma once

#include "protocol/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vscard::program {

using Words = std::vector<std::string>;

/// The words of a command that is written as one line, as a shell splits them at blanks:
///
///     insert 'my card'            between '…' every character but the apostrophe means itself
///     insert $'Bob\'s card\n'     between $'…' also \' \\ \n \r \t, and \xHH for any byte
///
/// The same in plain letters, quoted or not, is the same word, and '' is an empty one. Elsewhere
/// backslashes and double quotes are characters like others. The error is a line for the user.
Result<Words> split_words(std::string_view line);

/// A line, without a newline in it, that split_words() makes these words of. Words that need no
/// more than '…' are written so: programs before $'…' understand them.
std::string join_words(const Words& words);

}  // namespace vscard::program
