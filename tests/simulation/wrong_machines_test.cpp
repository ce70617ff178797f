// Does the simulation find what is wrong? Three machines that each do one thing wrong are reported
// by the invariant that they break, within a few seeds.

#include "tests/simulation/wrong_machines.hpp"

#include "tests/simulation/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::tests::simulation {
namespace {

using testing::StartsWith;

constexpr std::uint64_t kFewSeeds = 200;

std::string first_fault(const Machines& with) {
  for (std::uint64_t seed = 0; seed < kFewSeeds; ++seed) {
    std::string fault = fault_of(seed, with);
    if (!fault.empty()) {
      testing::Test::RecordProperty("seed", static_cast<int>(seed));
      return fault;
    }
  }
  return "";
}

TEST(WrongMachines, ALateAnswerIsTakenForTheNextCommands) {
  EXPECT_THAT(first_fault(machines<HostThatTakesLateAnswers>()),
              StartsWith("a command gets another one's response"));
}

TEST(WrongMachines, ACardIsForgottenWhenTheConnectionIsLost) {
  EXPECT_THAT(first_fault(machines<HostThatForgetsTheCard>()),
              StartsWith("not so: the guest was told whether a card is in"));
}

TEST(WrongMachines, ACommandIsGivenToTheCardTwice) {
  EXPECT_THAT(first_fault(machines<HostMachine, ClientThatTriesAgain>()),
              StartsWith("a command is executed twice"));
}

}  // namespace
}  // namespace vscard::tests::simulation
