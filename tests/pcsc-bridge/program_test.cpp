// pcsc-bridge as a user starts it.

#include "tests/peer/child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vscard::pcsc_bridge {
namespace {

using testing::HasSubstr;

/// One line and exit status 2.
void expect_refused(const std::string& card, const std::string& why) {
  test::Child child({PCSC_BRIDGE_PROGRAM, "run", "--card", card, "--", "true"});
  EXPECT_EQ(child.wait(), 2);
  EXPECT_THAT(child.log(),
              testing::AllOf(testing::StartsWith("pcsc-bridge: error: "), HasSubstr(why)));
  EXPECT_EQ(std::ranges::count(child.log(), '\n'), 1) << child.log();
}

TEST(PcscBridgeProgram, TellsWhatIsWrongWithACard) {
  expect_refused("hard", "there is no card 'hard'; there are soft");
  expect_refused("soft:pin=1", "--card soft has no key 'pin'; there are db, cert and name");
  expect_refused("pcsc:hold=99", "hold= is a number of seconds from 0 to 30, not '99'");
}

}  // namespace
}  // namespace vscard::pcsc_bridge
