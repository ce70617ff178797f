#pragma once

#include "bench/report.hpp"

namespace vscard::bench {

/// What an APDU, a command and its response, costs the thread of a program to be shown and
/// captured: processor time of that thread alone, whatever else the machine does.
void measure_captures(Format format);

}  // namespace vscard::bench
