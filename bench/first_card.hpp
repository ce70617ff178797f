#pragma once

#include "bench/report.hpp"

#include <string>

namespace vscard::bench {

/// How long a user without a card waits for the first one: from the start of VSCCLIENT, which finds
/// nothing and makes its own card, until the host has it. Prints milliseconds.
void measure_first_card(const std::string& vscclient, Format format);

}  // namespace vscard::bench
