// CCID messages over the bulk pipes: transfers that are split, joined, malformed or halted.

#include "tests/fakes/device_harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::usb {
namespace {

using namespace std::chrono_literals;
using ccid::CommandType;
using fakes::command;
using fakes::counting;
using fakes::from_hex;
using fakes::kSelect;
using fakes::to_hex;
using fakes::xfr_block;
using Harness = fakes::DeviceHarness;

using Lines = std::vector<std::string>;
using Data = std::vector<std::uint8_t>;

constexpr std::size_t kLibccidRead = 65556;  ///< bytes: the whole buffer of libccid
constexpr std::size_t kScdaemonRead = 2065;  ///< bytes: the whole buffer of GnuPG's driver

TEST(UsbDevice, AnswersACommand) {
  Harness harness;
  harness.configure(1);
  EXPECT_EQ(harness.out(command(CommandType::GetSlotStatus, 7)), Lines{"1: took 10"});
  EXPECT_EQ(harness.in(64), Lines{"2: SlotStatus 7 02 00 00"});
  EXPECT_EQ(harness.in(64), Lines{});
  EXPECT_EQ(harness.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"4: took 10", "3: SlotStatus 8 02 00 00"}));
}

TEST(UsbDevice, PassesAnApduAndAsksForTime) {
  Harness harness;
  harness.ready();
  EXPECT_EQ(harness.out(xfr_block(7, from_hex(kSelect))),
            (Lines{"1: took 14", "transmit 00a40400"}));
  EXPECT_EQ(harness.in(kLibccidRead), Lines{});
  EXPECT_EQ(harness.device().deadline(), protocol::Time{} + 1s);
  EXPECT_EQ(harness.wait(1s), Lines{"2: DataBlock 7 80 01 00"});
  EXPECT_EQ(harness.wait(1s), Lines{}) << "the guest does not read";
  EXPECT_EQ(harness.wait(1s), Lines{});
  EXPECT_EQ(harness.in(kLibccidRead), Lines{"3: DataBlock 7 80 01 00"}) << "one of the two";
  EXPECT_EQ(harness.wait(1s), Lines{});
  EXPECT_EQ(harness.respond("9000"), Lines{});
  EXPECT_EQ(harness.in(kLibccidRead), Lines{"4: DataBlock 7 00 00 00 9000"})
      << "no extension before";
  EXPECT_EQ(harness.in(kLibccidRead), Lines{});
}

/// Reads one message with requests of `length`, as a controller that stops at a short packet.
Data read_message(Harness& harness, std::size_t length, std::size_t expected) {
  Data message;
  std::size_t last = 0;
  while (message.size() < expected) {
    const auto piece = harness.read(length);
    if (!piece) break;
    last = piece->size();
    EXPECT_EQ(last, std::min(length, expected - message.size()));
    message.insert(message.end(), piece->begin(), piece->end());
  }
  if (last == length && last % 64 == 0) {
    EXPECT_EQ(harness.read(length), Data{}) << "an empty one where the end cannot be seen";
  }
  EXPECT_EQ(harness.read(length), std::nullopt) << "and nothing more";
  return message;
}

TEST(UsbDevice, KeepsStepAtEveryLengthWithEveryRequest) {
  std::vector<std::size_t> lengths{2055, 4096, protocol::iso7816::kMaxResponseApdu};
  for (std::size_t length = 2; length <= 600; ++length) lengths.push_back(length);
  for (const std::size_t request :
       {std::size_t{64}, std::size_t{512}, kScdaemonRead, kLibccidRead}) {
    Harness harness(Speed::High, {ccid::kMaxMessage});
    harness.ready();
    for (const std::size_t length : lengths) {
      SCOPED_TRACE(std::to_string(length) + " in requests of " + std::to_string(request));
      const Data response = counting(length);
      harness.out(xfr_block(7, from_hex(kSelect)));
      harness.respond(response);
      const Data message = read_message(harness, request, ccid::kHeaderSize + length);
      ASSERT_EQ(message.size(), ccid::kHeaderSize + length);
      ASSERT_TRUE(std::equal(response.begin(), response.end(), message.begin() + 10));
    }
  }
}

// The same, and the guest sends its next command without asking for the empty transfer.
TEST(UsbDevice, ForgetsTheEmptyTransferAtTheNextCommand) {
  Harness harness;
  harness.ready();
  for (std::size_t length = 2; length <= 600; ++length) {
    harness.out(xfr_block(7, from_hex(kSelect)));
    harness.respond(counting(length));
    for (std::size_t taken = 0; taken < ccid::kHeaderSize + length;) {
      const auto piece = harness.read(64);
      if (!piece) FAIL() << length;
      taken += piece->size();
    }
    harness.out(command(CommandType::GetSlotStatus, 8));
    EXPECT_EQ(harness.read(64), from_hex("81000000000008000000")) << length;
  }
}

TEST(UsbDevice, JoinsTheTransfersOfACommand) {
  Harness harness;
  harness.ready();
  const Data message = xfr_block(7, counting(250));
  const protocol::Bytes bytes(message);
  EXPECT_EQ(harness.out(bytes.first(64)), Lines{"1: took 64"});
  EXPECT_EQ(harness.out(bytes.subspan(64, 128)), Lines{"2: took 128"});
  EXPECT_EQ(harness.out({}), Lines{"3: took 0"});
  EXPECT_EQ(harness.out(bytes.subspan(192)),
            (Lines{"4: took 68", "transmit " + to_hex(counting(250))}));
}

TEST(UsbDevice, AnswersAMalformedMessageAndTakesTheNext) {
  Harness harness;
  harness.ready();
  auto message = command(CommandType::GetSlotStatus, 7);
  message[1] = 5;
  EXPECT_EQ(harness.out(message), Lines{"1: took 10"});
  EXPECT_EQ(harness.in(64), Lines{"2: SlotStatus 7 40 01 00"});
  const Data long_message = xfr_block(8, Data(4096 - ccid::kHeaderSize));
  EXPECT_EQ(harness.out(long_message), Lines{"3: took 4096"});
  EXPECT_EQ(harness.out(Data(64)), Lines{"4: took 64"}) << "still that one";
  EXPECT_EQ(harness.in(64), Lines{"5: DataBlock 8 40 01 00"});
  EXPECT_EQ(harness.out(command(CommandType::GetSlotStatus, 9)), Lines{"6: took 10"});
  EXPECT_EQ(harness.in(64), Lines{"7: SlotStatus 9 00 00 00"});
}

TEST(UsbDevice, StallsWhatIsNotEvenAHeaderUntilTheHaltIsCleared) {
  Harness harness;
  harness.ready();
  EXPECT_EQ(harness.halted(kBulkOut), "success 0000");
  EXPECT_EQ(harness.out(Data(9)), Lines{"1: stall"});
  EXPECT_EQ(harness.halted(kBulkOut), "success 0100");
  EXPECT_EQ(harness.out(command(CommandType::GetSlotStatus, 7)), Lines{"2: stall"});
  EXPECT_EQ(harness.clear_halt(kBulkOut), Lines{"success "});
  EXPECT_EQ(harness.halted(kBulkOut), "success 0000");
  EXPECT_EQ(harness.out(command(CommandType::GetSlotStatus, 8)), Lines{"3: took 10"});
  EXPECT_EQ(harness.in(64), Lines{"4: SlotStatus 8 00 00 00"});
}

TEST(UsbDevice, KeepsFramingOverAHalt) {
  Harness whole;
  whole.busy().respond("9000");
  whole.set_halt(kBulkIn);
  EXPECT_EQ(whole.in(64), Lines{"2: stall"});
  whole.clear_halt(kBulkIn);
  EXPECT_EQ(whole.in(64), Lines{"3: DataBlock 201 00 00 00 9000"});

  Harness begun;
  begun.busy().respond("9000");
  begun.in(5);
  begun.clear_halt(kBulkIn);
  EXPECT_EQ(begun.in(64), Lines{}) << "half an answer is none";
  EXPECT_EQ(begun.out(command(CommandType::GetSlotStatus, 8)),
            (Lines{"4: took 10", "3: SlotStatus 8 00 00 00"}));

  Harness pending;
  pending.busy().in(64);
  EXPECT_EQ(pending.set_halt(kBulkIn), (Lines{"success ", "2: stall"}));
  EXPECT_EQ(pending.respond("9000"), Lines{});
  pending.clear_halt(kBulkIn);
  EXPECT_EQ(pending.in(64), Lines{"3: DataBlock 201 00 00 00 9000"});

  Harness incomplete;
  incomplete.ready().out(protocol::Bytes(xfr_block(7, counting(250))).first(64));
  incomplete.clear_halt(kBulkOut);
  incomplete.out(command(CommandType::GetSlotStatus, 8));
  EXPECT_EQ(incomplete.in(64), Lines{"3: SlotStatus 8 00 00 00"});
}

}  // namespace
}  // namespace vscard::ccid_passthru::usb
