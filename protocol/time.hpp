#pragma once

#include <chrono>

namespace vscard::protocol {

/// The clock of every deadline: machines are given its time, and never ask for it.
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Duration = Clock::duration;

}  // namespace vscard::protocol
