#pragma once

#include "tests/simulation/choices.hpp"
#include "tests/simulation/clock.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/simulation/trouble.hpp"

namespace vscard::tests::simulation {

/// Do wire and card make trouble of their own accord?
enum class Weather {
  Rough,
  Calm,  ///< the wire is fast and whole, the card prompt
};

/// What a simulation's parts have in common. All of it outlives them.
struct Surroundings {
  Choices& choices;
  Clock& clock;
  Trace& trace;
  Trouble trouble{};
  Weather weather = Weather::Rough;
  bool extended = true;  ///< both ends of the wire know VSC's extension
};

}  // namespace vscard::tests::simulation
