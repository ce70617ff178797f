// What a log and `status` show of the commands that pass.

#include "program/apdu_trail.hpp"

#include "program/log.hpp"
#include "tests/fakes/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::program {
namespace {

using fakes::from_hex;
using testing::HasSubstr;

class Trail : public testing::Test {
 protected:
  Trail() { log::start("tool"); }

  /// What the log has at its usual level.
  std::string logged(const std::string& command, const std::string& response) {
    testing::internal::CaptureStderr();
    trail_.command(from_hex(command));
    trail_.response(from_hex(response));
    return testing::internal::GetCapturedStderr();
  }

  Watchers watchers_;
  ApduTrail trail_{"card", "soft", watchers_};
};

constexpr const char* kVerify = "00200000083132333435363738";

TEST_F(Trail, TellsWhetherAPinWasAccepted) {
  EXPECT_EQ(logged(kVerify, "9000"), "tool: soft: PIN accepted\n");
  EXPECT_EQ(logged(kVerify, "63c2"), "tool: soft: PIN refused (63 c2); tries left: 2\n");
  EXPECT_EQ(logged(kVerify, "6983"), "tool: soft: PIN refused (69 83): it is blocked\n");
  EXPECT_EQ(logged(kVerify, "6300"), "tool: soft: PIN refused (63 00)\n");
  EXPECT_EQ(logged(kVerify, "6985"), "tool: soft: PIN refused (69 85)\n");
}

TEST_F(Trail, SaysNothingOfOtherCommands) {
  EXPECT_EQ(logged("00a4040007a0000000790300", "9000"), "");
  EXPECT_EQ(logged("00200000", "63c3"), "") << "this asks how many tries are left";
  EXPECT_EQ(logged("0020000000", "9000"), "");
  EXPECT_EQ(logged("00", "6700"), "");
  EXPECT_EQ(logged(kVerify, "90"), "") << "no response of a card";
}

TEST_F(Trail, KnowsTheLastCommandWithoutItsPin) {
  EXPECT_EQ(trail_.last(), std::nullopt);
  logged("00a4040007a0000000790300", "6a82");
  EXPECT_EQ(trail_.last(), "00 a4 04 00 (12 bytes), answered 6a 82, 0 s ago");
  trail_.command(from_hex(kVerify));
  EXPECT_EQ(trail_.last(), "00 20 00 00 (13 bytes), no answer yet, 0 s ago");
  trail_.no_answer();
  EXPECT_EQ(trail_.last(), "00 20 00 00 (13 bytes), no answer, 0 s ago");
  trail_.command(from_hex("80"));
  EXPECT_EQ(trail_.last(), "80 (1 bytes), no answer yet, 0 s ago");
}

}  // namespace
}  // namespace vscard::program
