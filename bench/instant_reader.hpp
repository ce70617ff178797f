#pragma once

#include <string>

namespace vscard::bench {

/// The least that a reader over usbredir can do, for a virtual machine that listens at the UNIX
/// socket `path`: one thread, blocking calls, no VSC, and to the card's one answer, 9000, nothing
/// is added. Of ours it has the codec and the descriptors. Serves until the machine closes; throws
/// when it cannot.
void serve_instant_reader(const std::string& path);

}  // namespace vscard::bench
