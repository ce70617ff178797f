#pragma once

#include "bench/report.hpp"

#include <chrono>
#include <functional>
#include <vector>

namespace vscard::bench {

/// How long a round trip is repeated in a round.
constexpr std::chrono::milliseconds kLength{200};

/// One or two, the one for this process first: the last of those that may be used, because the
/// system's own work tends to be on the first.
std::vector<unsigned> choose_cores();

/// Measures all that there is to be measured over one transport with the peers on one core.
using Measure = std::function<void(Report::Key, unsigned peer_core)>;

/// The transports and cores take turns, so that a machine that gets busier does not favour one.
void run_rounds(const Measure& measure);

}  // namespace vscard::bench
