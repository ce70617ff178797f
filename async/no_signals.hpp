#pragma once

namespace vscard::async {

/// For the thread that calls it: signals are for the program's own one.
void take_no_signals();

}  // namespace vscard::async
