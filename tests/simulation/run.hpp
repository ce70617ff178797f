#pragma once

#include "tests/simulation/choices.hpp"
#include "tests/simulation/machines.hpp"

#include <cstdint>
#include <string>

namespace vscard::tests::simulation {

/// Events in a seed's life.
inline constexpr unsigned kEvents = 32;

/// What is wrong in the life that a seed describes, and how it came to that, event by event; empty
/// if nothing is. A life that does not go the same way a second time has a line that says so.
std::string fault_of(std::uint64_t seed, const Machines& with = machines());
/// The same for a fuzzer's bytes.
std::string fault_of(protocol::Bytes choices);

}  // namespace vscard::tests::simulation
