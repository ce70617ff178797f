#include "tests/simulation/run.hpp"

#include "tests/simulation/world.hpp"

namespace vscard::tests::simulation {
namespace {

/// Of a fuzzer's bytes.
constexpr unsigned kManyEvents = 200;

/// Lines are made in a second run, if they are needed.
template <class MadeChoices, class From>
std::string fault(From from, unsigned events, const Machines& with) {
  for (const auto lines : {Trace::Lines::Dropped, Trace::Lines::Kept}) {
    MadeChoices choices(from);
    World world(choices, lines, with);
    world.live(events);
    if (world.trace().sound()) return "";
    if (lines == Trace::Lines::Kept) {
      return world.trace().first_violation() + "\n" + world.trace().text();
    }
  }
  return "";
}

}  // namespace

std::string fault_of(std::uint64_t seed, const Machines& with) {
  return fault<SeededChoices>(seed, kEvents, with);
}

std::string fault_of(protocol::Bytes choices) {
  return fault<ByteChoices>(choices, kManyEvents, machines());
}

}  // namespace vscard::tests::simulation
