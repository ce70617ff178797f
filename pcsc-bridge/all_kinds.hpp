#pragma once

#include "pcsc-bridge/options.hpp"
#include "pcsc-bridge/serve/own_kinds.hpp"

namespace vscard::pcsc_bridge {

/// Is a card of the command line one that only the program with all kinds has in its process? Not
/// if `run` has cards that cannot be in one: a vscclient brings each then.
bool needs_all_kinds(const CommandLine& line, const serve::OwnKinds& here);

/// Goes on as that program, with the same words. Returns if it is not there; the error is a line
/// for the user.
Failure become_all_kinds(char* const* argv);

}  // namespace vscard::pcsc_bridge
