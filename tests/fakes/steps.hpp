#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace vscard::fakes {

using Lines = std::vector<std::string>;

/// What comes to a machine from outside, and what it does then, a line for each action.
template <class World>
struct Step {
  std::string name;
  std::function<Lines(World&)> event;
  Lines expected;
};

/// What comes in the place of a step. It may expect things of its own.
template <class World>
struct Failure {
  std::string name;
  std::function<void(World&)> event;
};

template <class World>
void play(World& world, const std::vector<Step<World>>& script, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(script[i].event(world), script[i].expected) << "step " << i << ": " << script[i].name;
  }
  ASSERT_EQ(world.wrong(), "");
}

/// Whether the steps after the failure come all the same, late.
enum class Rest { IsMissing, ComesLate };

template <class World>
void play_failing(const std::vector<Step<World>>& script, std::size_t failing,
                  const Failure<World>& failure, Rest rest) {
  World world;
  ASSERT_NO_FATAL_FAILURE(play(world, script, failing));
  failure.event(world);
  EXPECT_EQ(world.wrong(), "");
  if (rest == Rest::ComesLate) {
    for (std::size_t i = failing; i < script.size(); ++i) script[i].event(world);
    EXPECT_EQ(world.wrong(), "") << "when the rest came late";
  }
  world.end();
  EXPECT_EQ(world.wrong(), "");
  EXPECT_EQ(world.owed(), "");
  world.begin_again();
  ASSERT_NO_FATAL_FAILURE(play(world, script, script.size()));
}

/// Plays a script as it is; then, for each of its steps and each failure, anew up to that step and
/// with the failure in its place. Then no rule may be broken, with and without the rest of the
/// script; at the end nothing may be owed; and the script must work again.
///
/// A World is a machine at the script's beginning and what surrounds it. Oracles look at all that
/// the machine does: its answers are counted, and nothing may follow its end. It has
///
///     std::string wrong()    the rule that was broken until now, or ""
///     void end()             ends what is under way, the way that its surroundings do
///     std::string owed()     what was not answered then, or ""
///     void begin_again()     after end(): makes ready for the script
template <class World>
void for_each_step_failing(const std::vector<Step<World>>& script,
                           const std::vector<Failure<World>>& failures) {
  World world;
  ASSERT_NO_FATAL_FAILURE(play(world, script, script.size()));
  for (const auto& failure : failures) {
    for (std::size_t failing = 0; failing < script.size(); ++failing) {
      for (const Rest rest : {Rest::IsMissing, Rest::ComesLate}) {
        play_failing(script, failing, failure, rest);
        ASSERT_FALSE(testing::Test::HasFailure())
            << "in the place of step " << failing << " (" << script[failing].name
            << "): " << failure.name
            << (rest == Rest::ComesLate ? "; then the rest of the script" : "");
      }
    }
  }
}

}  // namespace vscard::fakes
