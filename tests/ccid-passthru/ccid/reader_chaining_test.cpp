// APDUs that are longer than a message.

#include "tests/fakes/reader_harness.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::ccid {
namespace {

using fakes::command;
using fakes::counting;
using fakes::from_hex;
using fakes::to_hex;
using Harness = fakes::ReaderHarness;
using fakes::kSelect;
using fakes::xfr_block;
using Type = CommandType;
using Lines = std::vector<std::string>;

TEST(CcidReader, RefusesAnApduWithoutAHeader) {
  for (std::size_t size = 0; size < 4; ++size) {
    Harness harness;
    EXPECT_EQ(harness.active().send(xfr_block(9, counting(size))), Lines{"DataBlock 9 40 01 00"});
  }
}

/// As libccid sends and receives, with messages of `limit` bytes.
std::vector<std::uint8_t> send_in_parts(Harness& harness, protocol::Bytes apdu, std::size_t limit) {
  const std::size_t room = limit - kHeaderSize;
  Lines lines;
  if (apdu.size() <= room) {
    lines = harness.send(xfr_block(1, apdu));
  } else {
    lines = harness.send(xfr_block(1, apdu.first(room), Chain::First));
    for (apdu = apdu.subspan(room); apdu.size() > room; apdu = apdu.subspan(room)) {
      EXPECT_EQ(lines, Lines{"DataBlock 1 00 00 10"});
      lines = harness.send(xfr_block(1, apdu.first(room), Chain::Middle));
    }
    EXPECT_EQ(lines, Lines{"DataBlock 1 00 00 10"});
    lines = harness.send(xfr_block(1, apdu, Chain::Last));
  }
  EXPECT_EQ(lines.size(), 1U);
  EXPECT_TRUE(lines[0].starts_with("transmit "));
  return from_hex(lines[0].substr(9));
}

TEST(CcidReader, TakesCommandsInPartsOfAllSizes) {
  for (const std::size_t limit : {kMinMessage, kDefaultMaxMessage, kMaxMessage}) {
    const std::size_t room = limit - kHeaderSize;
    for (const std::size_t size :
         {std::size_t{4}, room - 1, room, room + 1, 2 * room - 1, 2 * room, 2 * room + 1, 3 * room,
          3 * room + 1, protocol::iso7816::kMaxCommandApdu - 1,
          protocol::iso7816::kMaxCommandApdu}) {
      if (size > protocol::iso7816::kMaxCommandApdu) continue;
      Harness harness({limit});
      harness.active();
      const auto apdu = counting(size);
      EXPECT_EQ(send_in_parts(harness, apdu, limit), apdu) << limit << ", " << size;
    }
  }
}

TEST(CcidReader, GivesResponsesInPartsOfAllSizes) {
  struct Case {
    std::size_t max_message;
    std::size_t max_reply;
  };
  for (const auto& [max_message, max_reply] :
       {Case{.max_message = 271, .max_reply = 271}, Case{.max_message = 2064, .max_reply = 2064},
        Case{.max_message = 3072, .max_reply = 2065}, Case{.max_message = 3073, .max_reply = 3073},
        Case{.max_message = 65554, .max_reply = 65554}}) {
    const std::size_t room = max_reply - kHeaderSize;
    for (const std::size_t size : {std::size_t{2}, room - 1, room, room + 1, 2 * room, 2 * room + 1,
                                   3 * room + 1, protocol::iso7816::kMaxResponseApdu}) {
      if (size > protocol::iso7816::kMaxResponseApdu) continue;
      Harness harness({max_message});
      harness.busy();
      const auto response = counting(size);
      std::string taken;
      std::size_t parts = 1;
      std::string line = harness.respond(response).at(0);
      const auto chain = [&line] { return line.substr(line.find(" 00 00 ") + 7, 2); };
      EXPECT_EQ(chain(), size <= room ? "00" : "01");
      while (chain() == "01" || chain() == "03") {
        taken += line.substr(line.rfind(' ') + 1);
        line = harness.send(xfr_block(1, {}, Chain::Next)).at(0);
        ++parts;
      }
      taken += line.substr(line.rfind(' ') + 1);
      EXPECT_EQ(chain(), parts == 1 ? "00" : "02");
      EXPECT_EQ(taken, to_hex(response)) << max_message << ", " << size;
      EXPECT_EQ(parts, (size + room - 1) / room);
      EXPECT_EQ(harness.send(xfr_block(2, {}, Chain::Next)), Lines{"DataBlock 2 40 08 00"});
    }
  }
}

TEST(CcidReader, RefusesPartsThatContinueNothing) {
  Harness harness({kMinMessage});
  harness.active();
  for (const Chain chain : {Chain::Last, Chain::Middle, Chain::Next, Chain{0x04}, Chain{0x20}}) {
    const auto part = chain == Chain::Next ? counting(0) : counting(4);
    EXPECT_EQ(harness.send(xfr_block(1, part, chain)), Lines{"DataBlock 1 40 08 00"});
  }
  EXPECT_EQ(harness.send(xfr_block(1, counting(1), Chain::Next)), Lines{"DataBlock 1 40 01 00"});
  EXPECT_EQ(harness.send(command(Type::XfrBlock, 1, kSelect, "000001")),
            Lines{"DataBlock 1 40 08 00"});
}

TEST(CcidReader, DropsPartsWithWhatMadeThemUseless) {
  const std::vector<std::pair<std::string, std::function<void(Harness&)>>> events{
      {"power on", [](Harness& harness) { harness.send(Type::IccPowerOn, 9); }},
      {"abort", [](Harness& harness) { harness.abort(9), harness.send(Type::Abort, 9); }},
      {"restart", [](Harness& harness) { harness.restart(); }},
      {"card reset", [](Harness& harness) { harness.insert(), harness.send(Type::IccPowerOn, 9); }},
      {"new card",
       [](Harness& harness) {
         harness.remove(), harness.wait(kEmptyTime), harness.insert(),
             harness.send(Type::IccPowerOn, 9);
       }},
  };
  for (const auto& [name, happen] : events) {
    Harness harness({kMinMessage});
    harness.active().send(xfr_block(1, counting(4), Chain::First));
    happen(harness);
    EXPECT_EQ(harness.send(xfr_block(2, counting(4), Chain::Last)), Lines{"DataBlock 2 40 08 00"})
        << name;
    harness.transmit(3);
    harness.respond(counting(600));
    happen(harness);
    EXPECT_EQ(harness.send(xfr_block(4, {}, Chain::Next)), Lines{"DataBlock 4 40 08 00"}) << name;
  }
  Harness harness({kMinMessage});
  harness.busy().respond(counting(600));
  harness.send(xfr_block(1, counting(4), Chain::First));
  EXPECT_EQ(harness.send(xfr_block(2, {}, Chain::Next)), Lines{"DataBlock 2 40 08 00"})
      << "a new command ends the old response";
}

// GnuPG's driver and libccid ask for the slot's state whenever they like.
TEST(CcidReader, AsksBetweenPartsDoNoHarm) {
  Harness harness({kMinMessage});
  harness.active().send(xfr_block(1, counting(4), Chain::First));
  EXPECT_EQ(harness.send(Type::GetSlotStatus, 2), Lines{"SlotStatus 2 00 00 00"});
  EXPECT_EQ(harness.send(xfr_block(3, from_hex("00"), Chain::Last)), Lines{"transmit 0001020300"});
  harness.respond(counting(261 + 2));
  EXPECT_EQ(harness.send(Type::GetSlotStatus, 4), Lines{"SlotStatus 4 00 00 00"});
  EXPECT_EQ(harness.send(xfr_block(5, {}, Chain::Next)), Lines{"DataBlock 5 00 00 02 0506"});
}

}  // namespace
}  // namespace vscard::ccid_passthru::ccid
