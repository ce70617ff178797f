// Does the simulation find what is wrong? Machines that each do one thing wrong are reported
// by the invariant that they break, within a few seeds; even if only one of two lives has it.

#include "tests/simulation/wrong_machines.hpp"

#include "tests/simulation/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace vscard::tests::simulation {
namespace {

using testing::AnyOf;
using testing::StartsWith;

constexpr std::uint64_t kFewSeeds = 200;

/// kFewSeeds: there is none.
std::uint64_t first_faulty_seed(const Machines& with) {
  std::uint64_t seed = 0;
  while (seed < kFewSeeds && fault_of(seed, with).empty()) ++seed;
  testing::Test::RecordProperty("seed", static_cast<int>(seed));
  return seed;
}

std::string first_fault(const Machines& with) { return fault_of(first_faulty_seed(with), with); }

/// Of the clients that it makes, only the first one tries again.
Machines client_that_tries_again_in_one_life() {
  static bool made_one;
  made_one = false;
  Machines with = machines();
  with.client = [](protocol::vsc::PeerLimits host, Duration limit) {
    const auto right = &machines<CheckedHost, CheckedClient>;
    const auto wrong = &machines<CheckedHost, ClientThatTriesAgain>;
    return (std::exchange(made_one, true) ? right : wrong)().client(host, limit);
  };
  return with;
}

TEST(WrongMachines, ALateAnswerIsTakenForTheNextCommands) {
  EXPECT_THAT(first_fault(machines<HostThatTakesLateAnswers>()),
              StartsWith("a command gets another one's response"));
}

TEST(WrongMachines, ACardGetsTheCommandsOfAnother) {
  EXPECT_THAT(first_fault(machines<HostThatKnowsOneCard>()),
              AnyOf(StartsWith("the card gets a command that the guest has not sent"),
                    StartsWith("host: a second command before the first is done")));
}

TEST(WrongMachines, TheReaderStaysWhenTheConnectionIsLost) {
  EXPECT_THAT(first_fault(machines<HostThatForgetsReaders>()),
              StartsWith("not so: the guest was told whether a card is in"));
}

TEST(WrongMachines, ACommandIsGivenToTheCardTwice) {
  EXPECT_THAT(first_fault(machines<CheckedHost, ClientThatTriesAgain>()),
              StartsWith("a command is executed twice"));
}

TEST(WrongMachines, ACardIsForgottenWhenTheConnectionIsLost) {
  EXPECT_THAT(first_fault(machines<HostThatForgetsTheCard>()),
              StartsWith("host: a reader that is not there goes, or its card"));
}

TEST(WrongMachines, ACardIsMuteForNoReason) {
  EXPECT_THAT(first_fault(machines<HostThatIgnoresAnswers>()),
              AnyOf(StartsWith("an error for no reason: DataBlock"),
                    StartsWith("not so: the card answers")));
}

TEST(WrongMachines, ACardGoesForNoReason) {
  EXPECT_THAT(first_fault(machines<HostThatHidesTheCard>()),
              AnyOf(StartsWith("the guest sees a card go to which nothing has happened"),
                    StartsWith("not so: the guest was told whether a card is in"),
                    StartsWith("host: a card that is not there goes")));
}

TEST(WrongMachines, ACommandIsAnsweredTwice) {
  EXPECT_THAT(first_fault(machines<CheckedHost, ClientThatAnswersTwice>()),
              StartsWith("client: an answer to no command"));
}

TEST(WrongMachines, AFaultThatDoesNotComeAgainIsToldAllTheSame) {
  const std::uint64_t seed = first_faulty_seed(machines<CheckedHost, ClientThatTriesAgain>());
  EXPECT_THAT(
      fault_of(seed, client_that_tries_again_in_one_life()),
      StartsWith("a command is executed twice\n"
                 "not reproducible: the second run, whose story follows, has no violation\n"));
}

}  // namespace
}  // namespace vscard::tests::simulation
