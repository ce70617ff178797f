#pragma once

#include "bench/samples.hpp"

#include <string_view>

namespace vscard::bench {

/// What the system itself takes for a small APDU: two processes with blocking sockets and nothing
/// else send each other the bytes of a command and of a response. `transport` is "tcp" or "unix".
void measure_floor(Samples& samples, std::string_view transport, unsigned peer_core,
                   std::chrono::milliseconds length);

/// The same with a third process between the two, as a reader is, on the peer's core: two
/// ping-pongs.
void measure_relayed_floor(Samples& samples, std::string_view transport, unsigned peer_core,
                           std::chrono::milliseconds length);

}  // namespace vscard::bench
