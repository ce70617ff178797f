// What a log and `status` show of the commands that pass.

#include "program/apdu_trail.hpp"

#include "program/log.hpp"
#include "tests/fakes/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace vscard::program {
namespace {

using fakes::from_hex;

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
  int asked_ = 0;  ///< times
  ApduTrail trail_{"card", "soft", watchers_};
};

constexpr const char* kVerify = "00200000083132333435363738";

TEST_F(Trail, TellsWhetherAPinWasAccepted) {
  EXPECT_EQ(logged(kVerify, "9000"), "tool: soft: PIN accepted\n");
  EXPECT_EQ(logged(kVerify, "63c2"), "tool: soft: PIN refused (63 c2); tries left: 2\n");
  EXPECT_EQ(logged(kVerify, "63cf"),
            "tool: soft: PIN refused (63 cf): this card does not count tries, or has 15 or more "
            "left\n");
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

/// Notes what it sees as "soft command 00a4…, blank from 4".
class Notes : public ApduTap {
 public:
  void see(const TappedApdu& apdu) override {
    constexpr std::array kNames{"command", "response", "no answer"};
    std::string line{apdu.name};
    line += std::string(" ") + kNames.at(static_cast<std::size_t>(apdu.what));
    line += " " + fakes::to_hex(apdu.message.bytes);
    if (!apdu.by.empty()) line += " by " + std::string(apdu.by);
    if (apdu.message.blank_size > 0) line += " blank " + std::to_string(apdu.message.blank_size);
    lines.push_back(line);
  }

  std::vector<std::string> lines;
};

TEST_F(Trail, ATapSeesEachMessageWithoutItsSecrets) {
  Notes notes;
  watchers_.add_tap(notes);
  logged(kVerify, "9000");
  trail_.command(from_hex("00a4040007a0000000790300"));
  trail_.no_answer();
  EXPECT_THAT(
      notes.lines,
      testing::ElementsAre("soft command 00200000000000000000000000 blank 9", "soft response 9000",
                           "soft command 00a4040007a0000000790300", "soft no answer "));
}

TEST_F(Trail, ATapLearnsWhoAsked) {
  Notes notes;
  ApduTrail asked{"reader", "alice", watchers_, [this] { return std::to_string(++asked_); }};
  asked.command(from_hex("00a40400"));
  EXPECT_EQ(asked_, 0) << "nobody wants to know";
  watchers_.add_tap(notes);
  asked.command(from_hex("00a40400"));
  asked.response(from_hex("9000"));
  EXPECT_THAT(notes.lines,
              testing::ElementsAre("alice command 00a40400 by 1", "alice response 9000"));
}

TEST_F(Trail, ATapThatComesLateSeesNoRestOfASecret) {
  Notes notes;
  logged("002a808602abcd00", "aabb6102");
  watchers_.add_tap(notes);
  logged("00c0000002", "ccdd9000");
  watchers_.remove_tap(notes);
  logged("00a40000", "9000");
  EXPECT_THAT(notes.lines,
              testing::ElementsAre("soft command 00c0000002", "soft response 00009000 blank 2"));
}

}  // namespace
}  // namespace vscard::program
