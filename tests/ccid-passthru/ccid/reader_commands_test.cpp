// Each command in each state of the slot.

#include "tests/fakes/reader_harness.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::ccid {
namespace {

using fakes::command;
using fakes::to_hex;
using protocol::Errc;
using Harness = fakes::ReaderHarness;
using fakes::kAtr;
using fakes::kSelect;
using Type = CommandType;
using Lines = std::vector<std::string>;

const std::vector<std::pair<std::string, std::function<void(Harness&)>>> kSlotStates{
    {"absent", [](Harness& /*harness*/) {}},
    {"inactive", [](Harness& harness) { harness.inserted(); }},
    {"active", [](Harness& harness) { harness.active(); }},
    {"busy", [](Harness& harness) { harness.busy(); }},
};

/// A command and what comes of it in each of the slot's states.
struct Row {
  std::vector<std::uint8_t> message;
  std::array<std::string, 4> expected;  ///< lines joined with " | "
};

/// The same in every state but for bmICCStatus and, when busy, the refusal.
Row unsupported(Type type, const std::string& reply, const std::string& data = "") {
  return {.message = command(type, 9, data),
          .expected = {reply + " 9 42 00 00", reply + " 9 41 00 00", reply + " 9 40 00 00",
                       reply + " 9 40 e0 00"}};
}

const std::string kAborted = "abort transmit | DataBlock 201 40 ff 00";
const std::string kOfAtr = " 01 1110004500fe00";  ///< T=1 and its parameters
const std::string kOfHost = " 01 1810004500fe00";

// clang-format off: a table
const std::vector<Row> kCommands{
    {.message = command(Type::IccPowerOn, 9),
     .expected = {"DataBlock 9 42 fe 00",
                  "DataBlock 9 00 00 00 " + kAtr,
                  "reset | DataBlock 9 00 00 00 " + kAtr,
                  kAborted + " | reset | DataBlock 9 00 00 00 " + kAtr}},
    {.message = command(Type::IccPowerOff, 9),
     .expected = {"SlotStatus 9 02 00 00",
                  "SlotStatus 9 01 00 00",
                  "power down | SlotStatus 9 01 00 00",
                  kAborted + " | power down | SlotStatus 9 01 00 00"}},
    {.message = command(Type::GetSlotStatus, 9),
     .expected = {"SlotStatus 9 02 00 00",
                  "SlotStatus 9 01 00 00",
                  "SlotStatus 9 00 00 00",
                  "SlotStatus 9 40 e0 00"}},
    {.message = command(Type::XfrBlock, 9, kSelect),
     .expected = {"DataBlock 9 42 fe 00",
                  "DataBlock 9 41 fe 00",
                  "transmit " + kSelect,
                  "DataBlock 9 40 e0 00"}},
    {.message = command(Type::GetParameters, 9),
     .expected = {"Parameters 9 42 fe 00",
                  "Parameters 9 01 00" + kOfAtr,
                  "Parameters 9 00 00" + kOfAtr,
                  "Parameters 9 40 e0 00"}},
    {.message = command(Type::ResetParameters, 9),
     .expected = {"Parameters 9 42 fe 00",
                  "Parameters 9 01 00" + kOfAtr,
                  "Parameters 9 00 00" + kOfAtr,
                  "Parameters 9 40 e0 00"}},
    {.message = command(Type::SetParameters, 9, "1810004500fe00", "010000"),
     .expected = {"Parameters 9 42 fe 00",
                  "Parameters 9 01 00" + kOfHost,
                  "Parameters 9 00 00" + kOfHost,
                  "Parameters 9 40 e0 00"}},
    {.message = command(Type::Abort, 9),  // unanswered: the control half is missing
     .expected = {"", "", "", kAborted}},
    unsupported(Type::Escape, "Escape", "6a"),
    unsupported(Type::Secure, "DataBlock", "00"),
    unsupported(Type::IccClock, "SlotStatus"),
    unsupported(Type::T0Apdu, "SlotStatus"),
    unsupported(Type::Mechanical, "SlotStatus"),
    unsupported(Type::SetDataRateAndClockFrequency, "DataRateAndClockFrequency",
                "a00f000080250000"),
    unsupported(Type{0x64}, "SlotStatus"),
    unsupported(Type{0xff}, "SlotStatus", "00"),
};
// clang-format on

std::string joined(const Lines& lines) {
  std::string all;
  for (const auto& line : lines) all += (all.empty() ? "" : " | ") + line;
  return all;
}

TEST(CcidReader, AnswersEachCommandInEachStateOfTheSlot) {
  for (const Row& row : kCommands) {
    for (std::size_t i = 0; i < kSlotStates.size(); ++i) {
      Harness harness;
      kSlotStates[i].second(harness);
      EXPECT_EQ(joined(harness.send(row.message)), row.expected.at(i))
          << to_hex(row.message) << ", card " << kSlotStates[i].first;
    }
  }
}

// Each command in each state, and the connection to the client lost before or after it: the
// oracle sees one answer each time, the guest sees the card go, and the next card works.
TEST(CcidReader, LosesTheLinkInEachState) {
  for (const Row& row : kCommands) {
    for (const auto& [name, enter] : kSlotStates) {
      for (const bool before : {true, false}) {
        SCOPED_TRACE(to_hex(row.message) + ", card " + name + (before ? ", before" : ", after"));
        Harness harness;
        enter(harness);
        if (before) harness.lose_link();
        harness.send(row.message);
        if (!before) harness.lose_link();
        harness.send(Type::Abort, 8);  // whatever the guest has begun
        EXPECT_EQ(harness.abort(8), Lines{"SlotStatus 8 02 00 00"});
        EXPECT_EQ(harness.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 02 00 00"});
        EXPECT_EQ(harness.transmit(2), Lines{"DataBlock 2 42 fe 00"});
        EXPECT_EQ(harness.notification(), "5002");
        harness.wait(kEmptyTime);
        EXPECT_EQ(harness.insert(), Lines{"slot changed"});
        EXPECT_EQ(harness.notification(), "5003");
        EXPECT_EQ(harness.send(Type::IccPowerOn, 3), Lines{"DataBlock 3 00 00 00 " + kAtr});
        EXPECT_EQ(harness.transmit(4), Lines{"transmit " + kSelect});
        EXPECT_EQ(harness.respond("9000"), Lines{"DataBlock 4 00 00 00 9000"});
      }
    }
  }
}

TEST(CcidReader, TellsHowACommandFailed) {
  const std::vector<std::pair<Errc, std::string>> failures{
      {Errc::CardFailed, "DataBlock 201 40 fe 00"},  // the card is still there, but mute
      {Errc::NoAnswer, "DataBlock 201 42 fe 00"},
      {Errc::NoCard, "DataBlock 201 42 fe 00"},
      {Errc::LinkLost, "DataBlock 201 42 fe 00"},
  };
  for (const auto& [reason, line] : failures) {
    Harness harness;
    harness.busy();
    EXPECT_EQ(harness.fail(reason), Lines{line});
    EXPECT_EQ(harness.fail(reason), Lines{}) << "nobody asked";
    EXPECT_EQ(harness.respond("9000"), Lines{}) << "nobody asked";
    EXPECT_EQ(harness.time_left(), std::nullopt);
  }
  Harness harness;
  EXPECT_EQ(harness.busy().respond("90"), Lines{"DataBlock 201 40 fe 00"}) << "no status word";
}

TEST(CcidReader, RefusesASlotThatItDoesNotHave) {
  for (const Row& row : kCommands) {
    Harness harness;
    harness.busy();
    auto message = row.message;
    message[5] = 1;
    const Lines lines = harness.send(message);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find(" 9 42 05 00 slot 1"), std::string::npos) << lines[0];
    EXPECT_EQ(harness.respond("9000"), Lines{"DataBlock 201 00 00 00 9000"});
  }
}

TEST(CcidReader, RefusesALengthThatIsNotTheMessages) {
  for (const Row& row : kCommands) {
    for (const std::size_t wrong : {1U, 77U}) {
      Harness harness;
      harness.active();
      auto message = row.message;
      message[1] = static_cast<std::uint8_t>(message.size() - kHeaderSize + wrong);
      Lines lines = harness.send(message);
      ASSERT_EQ(lines.size(), 1U) << to_hex(message);
      EXPECT_NE(lines[0].find(" 9 40 01 00"), std::string::npos) << lines[0];
      message.resize(kHeaderSize);
      EXPECT_EQ(harness.send(message), lines) << "the header alone";
      EXPECT_EQ(harness.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 00 00 00"});
    }
  }
}

TEST(CcidReader, DropsWhatIsNotEvenAHeader) {
  Reader reader;
  const auto message = command(Type::GetSlotStatus, 9);
  for (std::size_t size = 0; size < kHeaderSize; ++size) {
    const fakes::ExactBytes part(protocol::Bytes(message).first(size));
    EXPECT_TRUE(reader.receive(part, protocol::Time{}).empty()) << size;
  }
  EXPECT_EQ(reader.receive(message, protocol::Time{}).size(), 1U);
}

TEST(CcidReader, RefusesDataWhereThereIsNone) {
  for (const Type type : {Type::IccPowerOn, Type::IccPowerOff, Type::GetSlotStatus,
                          Type::GetParameters, Type::ResetParameters, Type::Abort}) {
    Harness harness;
    const Lines lines = harness.active().send(type, 9, "00");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find(" 9 40 01 00"), std::string::npos) << lines[0];
  }
}

TEST(CcidReader, RefusesParametersThatTheCardCannotHave) {
  Harness harness;
  harness.active();
  const auto set = [&harness](const std::string& data, const std::string& protocol) {
    return harness.send(Type::SetParameters, 9, data, protocol + "0000");
  };
  EXPECT_EQ(set("1100000a00", "00"), Lines{"Parameters 9 40 07 00"}) << "it has T=1 alone";
  EXPECT_EQ(set("1110004500fe00", "02"), Lines{"Parameters 9 40 07 00"});
  EXPECT_EQ(set("1100000a00", "01"), Lines{"Parameters 9 40 01 00"}) << "two bytes too few";
  EXPECT_EQ(set("", "01"), Lines{"Parameters 9 40 01 00"});
  EXPECT_EQ(harness.send(Type::IccPowerOn, 9, "", "040000"), Lines{"DataBlock 9 40 07 00"});
}

TEST(CcidReader, KeepsParametersUntilTheyAreReset) {
  const std::string of_atr = "Parameters 9 00 00 01 1110004500fe00";
  const std::string set = "Parameters 9 00 00 01 1810004500fe00";
  Harness harness;
  harness.active();
  for (const Type resets : {Type::ResetParameters, Type::IccPowerOn}) {
    harness.send(Type::SetParameters, 8, "1810004500fe00", "010000");
    EXPECT_EQ(harness.send(Type::GetParameters, 9), Lines{set});
    harness.send(resets, 8);
    EXPECT_EQ(harness.send(Type::GetParameters, 9), Lines{of_atr});
  }
}

}  // namespace
}  // namespace vscard::ccid_passthru::ccid
