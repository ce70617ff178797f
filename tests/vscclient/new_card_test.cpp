// vscclient makes the card that nobody has named.

#include "program/lock_file.hpp"
#include "tests/vscclient/program.hpp"

#include <csignal>
#include <filesystem>
#include <memory>

namespace vscard::vscclient {
namespace {

using testing::HasSubstr;

TEST_F(VscclientProgram, SharesTheDefaultCardThatOneOfManyMakes) {
  std::vector<std::unique_ptr<test::Child>> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(std::make_unique<test::Child>(
        with_new_state({"--no-reconnect", "--vsc", "connect:unix:/nowhere"})));
  }
  int made = 0;
  for (const auto& child : children) {
    EXPECT_EQ(child->wait(), 1);
    EXPECT_THAT(child->log(), HasSubstr("error: soft: cannot connect to unix:/nowhere"));
    if (child->log().find("the soft card is made") != std::string::npos) ++made;
    EXPECT_THAT(child->log(), HasSubstr("a PIV card"));
  }
  EXPECT_EQ(made, 1);
  EXPECT_THAT(names_of_state(), testing::ElementsAre("soft-card"));
}

TEST_F(VscclientProgram, LeavesNothingWhenItIsStoppedAsItMakesACard) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    test::Child child(with_new_state({"--vsc", "connect:unix:/nowhere"}));
    child.wait_for("making a soft card");
    child.signal(signal);
    EXPECT_EQ(child.wait(), 128 + signal);
    // On a machine that is busy the signal may come when the card is there.
    const bool made = child.log().find("the soft card is made") != std::string::npos;
    EXPECT_THAT(names_of_state(), testing::ElementsAreArray(made ? Words{"soft-card"} : Words{}));
    std::filesystem::remove_all(path("state/vscard/soft-card"));
  }
}

TEST_F(VscclientProgram, CanBeStoppedAsItWaitsForAnotherThatMakesACard) {
  std::filesystem::create_directories(path("state/vscard"));
  const auto maker = program::LockFile::take_if_free(path("state/vscard/.soft-card.lock")).value();
  test::Child waiting(with_new_state({"--vsc", "connect:unix:/nowhere"}));
  waiting.wait_for("waiting for another program that makes the soft card");
  waiting.signal(SIGTERM);
  EXPECT_EQ(waiting.wait(), 128 + SIGTERM);
}

}  // namespace
}  // namespace vscard::vscclient
