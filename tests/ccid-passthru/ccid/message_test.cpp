#include "ccid-passthru/ccid/message.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vscard::ccid_passthru::ccid {
namespace {

using fakes::from_hex;
using fakes::to_hex;

// As libccid sends it: SELECT the root of the card.
TEST(CcidMessage, ParsesACommand) {
  const auto bytes = from_hex(
      "6f"            // bMessageType: XfrBlock
      "05000000"      // dwLength
      "00"            // bSlot
      "2a"            // bSeq
      "00"            // bBWI
      "0100"          // wLevelParameter: the command begins and goes on
      "00a4000c02");  // abData
  const auto [command, length_ok] = parse_command(bytes).value();
  EXPECT_TRUE(length_ok);
  EXPECT_EQ(command.type, CommandType::XfrBlock);
  EXPECT_EQ(command.slot, Slot{0});
  EXPECT_EQ(command.seq, Seq{0x2a});
  EXPECT_EQ(command.level_parameter(), 1);
  EXPECT_EQ(to_hex(command.data), "00a4000c02");
}

TEST(CcidMessage, SeesALengthThatIsWrong) {
  auto bytes = from_hex("65000000000102030405");
  EXPECT_TRUE(parse_command(bytes).value().length_ok);
  bytes.push_back(0);
  EXPECT_FALSE(parse_command(bytes).value().length_ok);
  bytes = from_hex("65ffffffff0102030405");
  EXPECT_FALSE(parse_command(bytes).value().length_ok);
  EXPECT_EQ(announced_length(bytes), 0xffffffffU);
}

TEST(CcidMessage, NeedsAWholeHeader) {
  const auto message = from_hex("65000000000102030405");
  for (std::size_t size = 0; size < message.size(); ++size) {
    const fakes::ExactBytes part(protocol::Bytes(message).first(size));
    EXPECT_FALSE(parse_command(part)) << size;
    EXPECT_FALSE(announced_length(part)) << size;
  }
}

TEST(CcidMessage, EncodesAReply) {
  const auto atr = from_hex("3b00");
  const Reply reply{.type = ReplyType::DataBlock,
                    .slot = Slot{0},
                    .seq = Seq{0x2a},
                    .icc = IccStatus::Inactive,
                    .status = CommandStatus::Failed,
                    .error = 0xfe,
                    .specific = 0x10,
                    .data = atr};
  EXPECT_EQ(to_hex(reply.encode().view()),
            "80"        // bMessageType: DataBlock
            "02000000"  // dwLength
            "00"        // bSlot
            "2a"        // bSeq
            "41"        // bStatus: failed, inactive
            "fe"        // bError: mute
            "10"        // bChainParameter
            "3b00");    // abData
}

TEST(CcidMessage, RepliesAreCautiousUntilMoreIsAskedFor) {
  EXPECT_EQ(MessageLimits{}.max_message, 3072U);
  EXPECT_EQ(MessageLimits{}.max_reply(), 2065U);
  EXPECT_EQ(MessageLimits{271}.max_reply(), 271U);
  EXPECT_EQ(MessageLimits{2066}.max_reply(), 2065U);
  EXPECT_EQ(MessageLimits{3073}.max_reply(), 3073U);
  EXPECT_EQ(MessageLimits{65554}.max_reply(), 65554U);
}

}  // namespace
}  // namespace vscard::ccid_passthru::ccid
