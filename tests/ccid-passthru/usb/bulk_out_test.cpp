#include "ccid-passthru/usb/bulk_out.hpp"

#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::ccid_passthru::usb {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using fakes::to_hex;
using fakes::xfr_block;
using Outcome = BulkOut::Outcome;
using Data = std::vector<std::uint8_t>;

constexpr std::size_t kLimit = 1034;

/// A message of `size` bytes.
Data message(std::size_t size) { return xfr_block(1, Data(size - ccid::kHeaderSize, 0xab)); }

Outcome feed(BulkOut& pipe, protocol::Bytes transfer) { return pipe.feed(ExactBytes(transfer)); }

TEST(BulkOut, TakesAMessageInOneTransfer) {
  BulkOut pipe({kLimit});
  for (std::size_t size = ccid::kHeaderSize; size <= kLimit; ++size) {
    const Data bytes = message(size);
    ASSERT_EQ(pipe.feed(bytes), Outcome::Message) << size;
    ASSERT_EQ(to_hex(pipe.message()), to_hex(bytes));
  }
}

TEST(BulkOut, JoinsTheTransfersOfAMessage) {
  for (const std::size_t piece : {64U, 128U, 512U}) {
    BulkOut pipe({kLimit});
    for (std::size_t size = piece + 1; size <= kLimit; ++size) {
      const Data bytes = message(size);
      protocol::Bytes rest(bytes);
      for (; rest.size() > piece; rest = rest.subspan(piece)) {
        ASSERT_EQ(feed(pipe, rest.first(piece)), Outcome::Incomplete) << size;
      }
      ASSERT_EQ(feed(pipe, rest), Outcome::Message) << size;
      ASSERT_EQ(to_hex(pipe.message()), to_hex(bytes));
    }
  }
}

TEST(BulkOut, IgnoresEmptyTransfers) {
  BulkOut pipe({kLimit});
  EXPECT_EQ(pipe.feed({}), Outcome::Incomplete);
  EXPECT_EQ(pipe.feed(message(64)), Outcome::Message);
  EXPECT_EQ(pipe.feed({}), Outcome::Incomplete);
  const Data bytes = message(100);
  EXPECT_EQ(pipe.feed(protocol::Bytes(bytes).first(64)), Outcome::Incomplete);
  EXPECT_EQ(pipe.feed({}), Outcome::Incomplete);
  EXPECT_EQ(pipe.feed(protocol::Bytes(bytes).subspan(64)), Outcome::Message);
}

TEST(BulkOut, RefusesWhatIsShorterThanAHeader) {
  BulkOut pipe({kLimit});
  for (std::size_t size = 1; size < ccid::kHeaderSize; ++size) {
    EXPECT_EQ(feed(pipe, Data(size)), Outcome::Nonsense);
    EXPECT_EQ(feed(pipe, message(10)), Outcome::Message);
  }
}

// Too long for the reader; more than announced; less than announced; the same in a second transfer.
TEST(BulkOut, GivesTheHeaderOfAMessageWhoseLengthIsWrong) {
  const Data whole = message(100);
  Data longer = whole;
  longer.push_back(0);
  const protocol::Bytes shorter = protocol::Bytes(whole).first(99);
  const std::vector<std::vector<Data>> wrong{
      {message(kLimit + 1)},
      {from_hex("6fffffffff0001000000")},
      {longer},
      {Data(shorter.begin(), shorter.end())},
      {Data(whole.begin(), whole.begin() + 10)},
      {Data(whole.begin(), whole.begin() + 64), Data(whole.begin() + 64, whole.end() - 1)},
      {Data(whole.begin(), whole.begin() + 64), Data(37)},
  };
  for (const auto& transfers : wrong) {
    BulkOut pipe({kLimit});
    Outcome outcome{};
    for (const Data& transfer : transfers) outcome = feed(pipe, transfer);
    EXPECT_EQ(outcome, Outcome::Malformed);
    EXPECT_EQ(to_hex(pipe.message()), to_hex(protocol::Bytes(transfers[0]).first(10)));
    EXPECT_EQ(feed(pipe, message(10)), Outcome::Message) << "the next one";
  }
}

TEST(BulkOut, SkipsTheRestOfAMessageThatIsTooLong) {
  const auto begun = [] {
    BulkOut pipe({kLimit});
    EXPECT_EQ(pipe.feed(protocol::Bytes(message(5000)).first(512)), Outcome::Malformed);
    EXPECT_EQ(pipe.feed(Data(512)), Outcome::Incomplete);
    return pipe;
  };
  BulkOut short_packet = begun();
  EXPECT_EQ(short_packet.feed(Data(100)), Outcome::Incomplete);
  EXPECT_EQ(short_packet.feed(message(10)), Outcome::Message);
  BulkOut empty_packet = begun();
  EXPECT_EQ(empty_packet.feed({}), Outcome::Incomplete);
  EXPECT_EQ(empty_packet.feed(message(10)), Outcome::Message);
  BulkOut answered = begun();
  answered.guest_has_read();
  EXPECT_EQ(answered.feed(message(10)), Outcome::Message);
  BulkOut cleared = begun();
  cleared.clear();
  EXPECT_EQ(cleared.feed(message(10)), Outcome::Message);
}

TEST(BulkOut, ForgetsWhatIsCleared) {
  BulkOut pipe({kLimit});
  EXPECT_EQ(pipe.feed(protocol::Bytes(message(100)).first(64)), Outcome::Incomplete);
  pipe.clear();
  EXPECT_EQ(pipe.feed(message(10)), Outcome::Message);
}

}  // namespace
}  // namespace vscard::ccid_passthru::usb
