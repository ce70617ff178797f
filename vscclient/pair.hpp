#pragma once

namespace vscard::vscclient {

/// `vscclient pair ADDRESS`: pairs this machine with a listener that has pair=DIR, whose code the
/// user types. `arguments` are those from "pair" on. Gives the exit status.
int pair_main(int argc, const char* const* argv);

}  // namespace vscard::vscclient
