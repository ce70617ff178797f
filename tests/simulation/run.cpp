#include "tests/simulation/run.hpp"

#include "tests/simulation/world.hpp"

namespace vscard::tests::simulation {
namespace {

/// Of a fuzzer's bytes.
constexpr unsigned kManyEvents = 200;

struct Outcome {
  std::string violation;
  std::string story;
};

template <class MadeChoices, class From>
Outcome live(From from, unsigned events, const Machines& with, Trace::Lines lines) {
  MadeChoices choices(from);
  World world(choices, lines, with);
  world.live(events);
  return {.violation = world.trace().first_violation(), .story = world.trace().text()};
}

/// Lines are made in a second run, if they are needed. It may differ only if something remembers
/// the first one or is left uninitialized: that hides no violation.
template <class MadeChoices, class From>
std::string fault(From from, unsigned events, const Machines& with) {
  const auto first = live<MadeChoices>(from, events, with, Trace::Lines::Dropped);
  if (first.violation.empty()) return "";
  const auto again = live<MadeChoices>(from, events, with, Trace::Lines::Kept);
  std::string text = first.violation + "\n";
  if (again.violation != first.violation) {
    text += "not reproducible: the second run, whose story follows, has " +
            (again.violation.empty() ? "no violation" : "this one: " + again.violation) + "\n";
  }
  return text + again.story;
}

}  // namespace

std::string fault_of(std::uint64_t seed, const Machines& with) {
  return fault<SeededChoices>(seed, kEvents, with);
}

std::string fault_of(protocol::Bytes choices) {
  return fault<ByteChoices>(choices, kManyEvents, machines());
}

}  // namespace vscard::tests::simulation
