#include "ccid-passthru/ccid/reader.hpp"

#include "tests/ccid-passthru/ccid/ledger.hpp"
#include "tests/ccid-passthru/ccid/reader_text.hpp"
#include "tests/protocol/hex.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

namespace vscard::ccid {
namespace {

using namespace std::chrono_literals;
using protocol::Errc;
using protocol::SecretBytes;
using protocol::test::from_hex;
using protocol::test::to_hex;
using test::command;
using test::text_of;
using test::xfr_block;
using Type = CommandType;
using Lines = std::vector<std::string>;

const std::string kAtr = "3b808131fe458b";  ///< T=1
const std::string kOtherAtr = "3b00";       ///< T=0
const std::string kSelect = "00a40400";

protocol::Atr atr(const std::string& hex) { return protocol::Atr::parse(from_hex(hex)).value(); }

/// A reader, its host, its card and its clock. Every step is checked by a ledger.
class Desk {
 public:
  explicit Desk(MessageLimits limits = {}) : reader_(limits) {}

  Lines send(protocol::Bytes message) {
    ledger_.sent(message);
    return check(reader_.receive(protocol::test::ExactBytes(message), now_));
  }
  Lines send(Type type, std::uint8_t seq, std::string_view data = "",
             std::string_view specific = "000000") {
    return send(command(type, seq, data, specific));
  }
  Lines transmit(std::uint8_t seq) { return send(Type::XfrBlock, seq, kSelect); }
  Lines abort(std::uint8_t seq) { return check(reader_.abort(Seq{seq})); }
  Lines abandon() { return forgiven(reader_.abandon()); }
  Lines restart() { return forgiven(reader_.restart()); }
  Lines reset() { return forgiven(reader_.reset()); }
  std::string notification() {
    const auto taken = reader_.take_notification();
    return taken ? to_hex(*taken) : "";
  }
  Lines announce() { return check(reader_.announce_slot()); }

  Lines insert(const std::string& hex = kAtr) { return check(reader_.insert_card(atr(hex), now_)); }
  Lines remove() { return check(reader_.remove_card(now_)); }
  Lines respond(protocol::Bytes bytes) {
    ledger_.returned();
    return check(reader_.respond(SecretBytes::copy_of(bytes)));
  }
  Lines respond(const std::string& hex) { return respond(from_hex(hex)); }
  Lines fail(Errc reason) {
    ledger_.returned();
    return check(reader_.fail(reason));
  }
  /// As a VSC host tells of a lost connection.
  Lines lose_link() {
    Lines lines;
    if (reader_.busy()) lines = fail(Errc::LinkLost);
    for (auto& line : remove()) lines.push_back(line);
    return lines;
  }

  Lines wait(protocol::Duration duration) {
    now_ += duration;
    return check(reader_.expire(now_));
  }
  std::optional<protocol::Duration> time_left() const {
    const auto deadline = reader_.deadline();
    if (!deadline) return std::nullopt;
    return *deadline - now_;
  }

  Desk& inserted() {
    insert();
    return *this;
  }
  Desk& active() {
    inserted().send(Type::IccPowerOn, 200);
    return *this;
  }
  /// XfrBlock 201 is at the card.
  Desk& busy() {
    active().transmit(201);
    return *this;
  }

 private:
  Lines check(const Reader::Actions& actions) {
    const Lines lines = text_of(actions);
    EXPECT_TRUE(ledger_.accepts(actions, reader_)) << testing::PrintToString(lines);
    return lines;
  }
  Lines forgiven(const Reader::Actions& actions) {
    ledger_.forgiven();
    return check(actions);
  }

  Reader reader_;
  test::Ledger ledger_;
  protocol::Time now_;
};

const std::vector<std::pair<std::string, std::function<void(Desk&)>>> kSlotStates{
    {"absent", [](Desk& /*desk*/) {}},
    {"inactive", [](Desk& desk) { desk.inserted(); }},
    {"active", [](Desk& desk) { desk.active(); }},
    {"busy", [](Desk& desk) { desk.busy(); }},
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
                  "DataBlock 9 00 00 00 " + kAtr,
                  kAborted + " | DataBlock 9 00 00 00 " + kAtr}},
    {.message = command(Type::IccPowerOff, 9),
     .expected = {"SlotStatus 9 02 00 00",
                  "SlotStatus 9 01 00 00",
                  "SlotStatus 9 01 00 00",
                  kAborted + " | SlotStatus 9 01 00 00"}},
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
      Desk desk;
      kSlotStates[i].second(desk);
      EXPECT_EQ(joined(desk.send(row.message)), row.expected.at(i))
          << to_hex(row.message) << ", card " << kSlotStates[i].first;
    }
  }
}

// Each command in each state, and the connection to the card's owner lost before or after it: the
// ledger sees one answer each time, the host sees the card go, and the next card works.
TEST(CcidReader, LosesTheLinkInEachState) {
  for (const Row& row : kCommands) {
    for (const auto& [name, enter] : kSlotStates) {
      for (const bool before : {true, false}) {
        SCOPED_TRACE(to_hex(row.message) + ", card " + name + (before ? ", before" : ", after"));
        Desk desk;
        enter(desk);
        if (before) desk.lose_link();
        desk.send(row.message);
        if (!before) desk.lose_link();
        desk.send(Type::Abort, 8);  // whatever the host has begun
        EXPECT_EQ(desk.abort(8), Lines{"SlotStatus 8 02 00 00"});
        EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 02 00 00"});
        EXPECT_EQ(desk.transmit(2), Lines{"DataBlock 2 42 fe 00"});
        EXPECT_EQ(desk.notification(), "5002");
        desk.wait(kEmptyTime);
        EXPECT_EQ(desk.insert(), Lines{"slot changed"});
        EXPECT_EQ(desk.notification(), "5003");
        EXPECT_EQ(desk.send(Type::IccPowerOn, 3), Lines{"DataBlock 3 00 00 00 " + kAtr});
        EXPECT_EQ(desk.transmit(4), Lines{"transmit " + kSelect});
        EXPECT_EQ(desk.respond("9000"), Lines{"DataBlock 4 00 00 00 9000"});
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
    Desk desk;
    desk.busy();
    EXPECT_EQ(desk.fail(reason), Lines{line});
    EXPECT_EQ(desk.fail(reason), Lines{}) << "nobody asked";
    EXPECT_EQ(desk.respond("9000"), Lines{}) << "nobody asked";
    EXPECT_EQ(desk.time_left(), std::nullopt);
  }
  Desk desk;
  EXPECT_EQ(desk.busy().respond("90"), Lines{"DataBlock 201 40 fe 00"}) << "no status word";
}

TEST(CcidReader, RefusesASlotThatItDoesNotHave) {
  for (const Row& row : kCommands) {
    Desk desk;
    desk.busy();
    auto message = row.message;
    message[5] = 1;
    const Lines lines = desk.send(message);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find(" 9 42 05 00 slot 1"), std::string::npos) << lines[0];
    EXPECT_EQ(desk.respond("9000"), Lines{"DataBlock 201 00 00 00 9000"});
  }
}

TEST(CcidReader, RefusesALengthThatIsNotTheMessages) {
  for (const Row& row : kCommands) {
    for (const std::size_t wrong : {1U, 77U}) {
      Desk desk;
      desk.active();
      auto message = row.message;
      message[1] = static_cast<std::uint8_t>(message.size() - kHeaderSize + wrong);
      Lines lines = desk.send(message);
      ASSERT_EQ(lines.size(), 1U) << to_hex(message);
      EXPECT_NE(lines[0].find(" 9 40 01 00"), std::string::npos) << lines[0];
      message.resize(kHeaderSize);
      EXPECT_EQ(desk.send(message), lines) << "the header alone";
      EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 00 00 00"});
    }
  }
}

TEST(CcidReader, RefusesDataWhereThereIsNone) {
  for (const Type type : {Type::IccPowerOn, Type::IccPowerOff, Type::GetSlotStatus,
                          Type::GetParameters, Type::ResetParameters, Type::Abort}) {
    Desk desk;
    const Lines lines = desk.active().send(type, 9, "00");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find(" 9 40 01 00"), std::string::npos) << lines[0];
  }
}

TEST(CcidReader, RefusesParametersThatTheCardCannotHave) {
  Desk desk;
  desk.active();
  const auto set = [&desk](const std::string& data, const std::string& protocol) {
    return desk.send(Type::SetParameters, 9, data, protocol + "0000");
  };
  EXPECT_EQ(set("1100000a00", "00"), Lines{"Parameters 9 40 07 00"}) << "it has T=1 alone";
  EXPECT_EQ(set("1110004500fe00", "02"), Lines{"Parameters 9 40 07 00"});
  EXPECT_EQ(set("1100000a00", "01"), Lines{"Parameters 9 40 01 00"}) << "two bytes too few";
  EXPECT_EQ(set("", "01"), Lines{"Parameters 9 40 01 00"});
  EXPECT_EQ(desk.send(Type::IccPowerOn, 9, "", "040000"), Lines{"DataBlock 9 40 07 00"});
}

TEST(CcidReader, KeepsParametersUntilTheyAreReset) {
  const std::string of_atr = "Parameters 9 00 00 01 1110004500fe00";
  const std::string set = "Parameters 9 00 00 01 1810004500fe00";
  Desk desk;
  desk.active();
  for (const Type resets : {Type::ResetParameters, Type::IccPowerOn}) {
    desk.send(Type::SetParameters, 8, "1810004500fe00", "010000");
    EXPECT_EQ(desk.send(Type::GetParameters, 9), Lines{set});
    desk.send(resets, 8);
    EXPECT_EQ(desk.send(Type::GetParameters, 9), Lines{of_atr});
  }
}

TEST(CcidReader, AsksTheHostForMoreTimeWhileTheCardWorks) {
  Desk desk;
  EXPECT_EQ(desk.active().time_left(), std::nullopt);
  desk.transmit(7);
  EXPECT_EQ(desk.time_left(), 1s);
  EXPECT_EQ(desk.wait(999ms), Lines{});
  EXPECT_EQ(desk.wait(1ms), Lines{"wait: DataBlock 7 80 01 00"});
  EXPECT_EQ(desk.time_left(), 1s);
  EXPECT_EQ(desk.wait(90s), Lines{"wait: DataBlock 7 80 01 00"}) << "one is enough";
  EXPECT_EQ(desk.time_left(), 1s);
  EXPECT_EQ(desk.respond("9000"), Lines{"DataBlock 7 00 00 00 9000"});
  EXPECT_EQ(desk.time_left(), std::nullopt);
  EXPECT_EQ(desk.wait(90s), Lines{});
}

TEST(CcidReader, PowerEndsAPendingCommand) {
  for (const Type type : {Type::IccPowerOn, Type::IccPowerOff}) {
    Desk desk;
    desk.busy().send(type, 1);
    EXPECT_EQ(desk.respond("9000"), Lines{}) << "too late";
    EXPECT_EQ(desk.wait(90s), Lines{});
    desk.send(Type::IccPowerOn, 2);
    EXPECT_EQ(desk.transmit(3), Lines{"transmit " + kSelect});
    EXPECT_EQ(desk.respond("9001"), Lines{"DataBlock 3 00 00 00 9001"});
  }
}

TEST(CcidReader, AbortsWithTheControlRequestFirst) {
  Desk desk;
  EXPECT_EQ(desk.busy().abort(5), (Lines{"abort transmit", "DataBlock 201 40 ff 00"}));
  EXPECT_EQ(desk.transmit(3), Lines{"DataBlock 3 40 ff 00"}) << "fails until the message comes";
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 4), Lines{"SlotStatus 4 40 ff 00"});
  EXPECT_EQ(desk.send(Type::Abort, 4), Lines{"SlotStatus 4 40 ff 00"}) << "another bSeq";
  EXPECT_EQ(desk.send(Type::Abort, 5), Lines{"SlotStatus 5 00 00 00"});
  EXPECT_EQ(desk.transmit(6), Lines{"transmit " + kSelect});
}

TEST(CcidReader, AbortsWithTheMessageFirst) {
  Desk desk;
  EXPECT_EQ(desk.busy().send(Type::Abort, 5), (Lines{"abort transmit", "DataBlock 201 40 ff 00"}));
  EXPECT_EQ(desk.abort(5), Lines{"SlotStatus 5 00 00 00"});
  EXPECT_EQ(desk.transmit(6), Lines{"transmit " + kSelect});
}

TEST(CcidReader, GivesUpHalfAnAbort) {
  Desk desk;
  desk.active().send(Type::Abort, 5);
  EXPECT_EQ(desk.transmit(6), (Lines{"SlotStatus 5 40 ff 00", "transmit " + kSelect}));
  desk.respond("9000");
  desk.send(Type::Abort, 7);
  EXPECT_EQ(desk.send(Type::Abort, 8), Lines{"SlotStatus 7 40 ff 00"});
  EXPECT_EQ(desk.abort(9), Lines{"SlotStatus 8 40 ff 00"});
  EXPECT_EQ(desk.restart(), Lines{"slot changed"});
  EXPECT_EQ(desk.transmit(10), Lines{"transmit " + kSelect});
}

TEST(CcidReader, DropsACommandWhoseAnswerIsNotRead) {
  Desk desk;
  EXPECT_EQ(desk.busy().abandon(), Lines{"abort transmit"});
  EXPECT_EQ(desk.abandon(), Lines{});
  EXPECT_EQ(desk.respond("9000"), Lines{});
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 00 00 00"});
  EXPECT_EQ(desk.transmit(2), Lines{"transmit " + kSelect});
  desk.respond("9000");
  desk.send(Type::Abort, 3);
  desk.abandon();
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 4), Lines{"SlotStatus 4 00 00 00"});
}

TEST(CcidReader, RestartsWithTheCardAsItIs) {
  Desk desk;
  EXPECT_EQ(desk.busy().restart(), (Lines{"abort transmit", "slot changed"}));
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 00 00 00"});
  EXPECT_EQ(desk.busy().reset(), (Lines{"abort transmit", "slot changed"}));
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 01 00 00"});
}

TEST(CcidReader, TellsTheSlotsStateOnceForAllChanges) {
  Desk desk;
  EXPECT_EQ(desk.notification(), "5002") << "the first time a host looks";
  EXPECT_EQ(desk.notification(), "");
  desk.insert();
  desk.remove();
  desk.wait(kEmptyTime);
  desk.insert();
  EXPECT_EQ(desk.notification(), "5003");
  EXPECT_EQ(desk.notification(), "");
  EXPECT_EQ(desk.announce(), Lines{"slot changed"});
  EXPECT_EQ(desk.notification(), "5003");
}

TEST(CcidReader, ShowsTheSlotEmptyBetweenTwoCards) {
  Desk desk;
  desk.busy();
  EXPECT_EQ(desk.insert(kOtherAtr),
            (Lines{"abort transmit", "DataBlock 201 42 fe 00", "slot changed"}));
  EXPECT_EQ(desk.notification(), "5002");
  EXPECT_EQ(desk.time_left(), 20ms);
  EXPECT_EQ(desk.wait(19ms), Lines{});
  EXPECT_EQ(desk.send(Type::IccPowerOn, 1), Lines{"DataBlock 1 42 fe 00"});
  EXPECT_EQ(desk.wait(1ms), Lines{"slot changed"});
  EXPECT_EQ(desk.notification(), "5003");
  EXPECT_EQ(desk.time_left(), std::nullopt);
  EXPECT_EQ(desk.send(Type::IccPowerOn, 2), Lines{"DataBlock 2 00 00 00 3b00"});

  EXPECT_EQ(desk.remove(), Lines{"slot changed"});
  desk.wait(5ms);
  EXPECT_EQ(desk.insert(), Lines{});
  EXPECT_EQ(desk.time_left(), 15ms);
  EXPECT_EQ(desk.insert(kOtherAtr), Lines{}) << "again another";
  EXPECT_EQ(desk.wait(15ms), Lines{"slot changed"});
  EXPECT_EQ(desk.send(Type::IccPowerOn, 2), Lines{"DataBlock 2 00 00 00 3b00"});

  desk.remove();
  desk.insert();
  EXPECT_EQ(desk.remove(), Lines{}) << "it was not shown";
  EXPECT_EQ(desk.wait(1s), Lines{});
  EXPECT_EQ(desk.insert(), Lines{"slot changed"});
}

TEST(CcidReader, ACardThatWasResetMustBePoweredAgain) {
  Desk desk;
  EXPECT_EQ(desk.active().insert(), Lines{"slot changed"});
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 1), Lines{"SlotStatus 1 01 00 00"});
  EXPECT_EQ(desk.insert(), Lines{}) << "the host sees nothing new";
  EXPECT_EQ(desk.busy().insert(),
            (Lines{"abort transmit", "DataBlock 201 40 fe 00", "slot changed"}));
}

std::vector<std::uint8_t> counting(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::ranges::generate(bytes, [next = std::uint8_t{0}]() mutable { return next++; });
  return bytes;
}

TEST(CcidReader, RefusesAnApduWithoutAHeader) {
  for (std::size_t size = 0; size < 4; ++size) {
    Desk desk;
    EXPECT_EQ(desk.active().send(xfr_block(9, counting(size))), Lines{"DataBlock 9 40 01 00"});
  }
}

/// As libccid sends and receives, with messages of `limit` bytes.
std::vector<std::uint8_t> send_in_parts(Desk& desk, protocol::Bytes apdu, std::size_t limit) {
  const std::size_t room = limit - kHeaderSize;
  Lines lines;
  if (apdu.size() <= room) {
    lines = desk.send(xfr_block(1, apdu));
  } else {
    lines = desk.send(xfr_block(1, apdu.first(room), Chain::First));
    for (apdu = apdu.subspan(room); apdu.size() > room; apdu = apdu.subspan(room)) {
      EXPECT_EQ(lines, Lines{"DataBlock 1 00 00 10"});
      lines = desk.send(xfr_block(1, apdu.first(room), Chain::Middle));
    }
    EXPECT_EQ(lines, Lines{"DataBlock 1 00 00 10"});
    lines = desk.send(xfr_block(1, apdu, Chain::Last));
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
          3 * room + 1, protocol::kMaxCommandApdu - 1, protocol::kMaxCommandApdu}) {
      if (size > protocol::kMaxCommandApdu) continue;
      Desk desk({limit});
      desk.active();
      const auto apdu = counting(size);
      EXPECT_EQ(send_in_parts(desk, apdu, limit), apdu) << limit << ", " << size;
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
                                   3 * room + 1, protocol::kMaxResponseApdu}) {
      if (size > protocol::kMaxResponseApdu) continue;
      Desk desk({max_message});
      desk.busy();
      const auto response = counting(size);
      std::string taken;
      std::size_t parts = 1;
      std::string line = desk.respond(response).at(0);
      const auto chain = [&line] { return line.substr(line.find(" 00 00 ") + 7, 2); };
      EXPECT_EQ(chain(), size <= room ? "00" : "01");
      while (chain() == "01" || chain() == "03") {
        taken += line.substr(line.rfind(' ') + 1);
        line = desk.send(xfr_block(1, {}, Chain::Next)).at(0);
        ++parts;
      }
      taken += line.substr(line.rfind(' ') + 1);
      EXPECT_EQ(chain(), parts == 1 ? "00" : "02");
      EXPECT_EQ(taken, to_hex(response)) << max_message << ", " << size;
      EXPECT_EQ(parts, (size + room - 1) / room);
      EXPECT_EQ(desk.send(xfr_block(2, {}, Chain::Next)), Lines{"DataBlock 2 40 08 00"});
    }
  }
}

TEST(CcidReader, RefusesPartsThatContinueNothing) {
  Desk desk({kMinMessage});
  desk.active();
  for (const Chain chain : {Chain::Last, Chain::Middle, Chain::Next, Chain{0x04}, Chain{0x20}}) {
    const auto part = chain == Chain::Next ? counting(0) : counting(4);
    EXPECT_EQ(desk.send(xfr_block(1, part, chain)), Lines{"DataBlock 1 40 08 00"});
  }
  EXPECT_EQ(desk.send(xfr_block(1, counting(1), Chain::Next)), Lines{"DataBlock 1 40 01 00"});
  EXPECT_EQ(desk.send(command(Type::XfrBlock, 1, kSelect, "000001")),
            Lines{"DataBlock 1 40 08 00"});
}

TEST(CcidReader, DropsPartsWithWhatMadeThemUseless) {
  const std::vector<std::pair<std::string, std::function<void(Desk&)>>> events{
      {"power on", [](Desk& desk) { desk.send(Type::IccPowerOn, 9); }},
      {"abort", [](Desk& desk) { desk.abort(9), desk.send(Type::Abort, 9); }},
      {"restart", [](Desk& desk) { desk.restart(); }},
      {"card reset", [](Desk& desk) { desk.insert(), desk.send(Type::IccPowerOn, 9); }},
      {"new card",
       [](Desk& desk) {
         desk.remove(), desk.wait(kEmptyTime), desk.insert(), desk.send(Type::IccPowerOn, 9);
       }},
  };
  for (const auto& [name, happen] : events) {
    Desk desk({kMinMessage});
    desk.active().send(xfr_block(1, counting(4), Chain::First));
    happen(desk);
    EXPECT_EQ(desk.send(xfr_block(2, counting(4), Chain::Last)), Lines{"DataBlock 2 40 08 00"})
        << name;
    desk.transmit(3);
    desk.respond(counting(600));
    happen(desk);
    EXPECT_EQ(desk.send(xfr_block(4, {}, Chain::Next)), Lines{"DataBlock 4 40 08 00"}) << name;
  }
  Desk desk({kMinMessage});
  desk.busy().respond(counting(600));
  desk.send(xfr_block(1, counting(4), Chain::First));
  EXPECT_EQ(desk.send(xfr_block(2, {}, Chain::Next)), Lines{"DataBlock 2 40 08 00"})
      << "a new command ends the old response";
}

// GnuPG's driver and libccid ask for the slot's state whenever they like.
TEST(CcidReader, AsksBetweenPartsDoNoHarm) {
  Desk desk({kMinMessage});
  desk.active().send(xfr_block(1, counting(4), Chain::First));
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 2), Lines{"SlotStatus 2 00 00 00"});
  EXPECT_EQ(desk.send(xfr_block(3, from_hex("00"), Chain::Last)), Lines{"transmit 0001020300"});
  desk.respond(counting(261 + 2));
  EXPECT_EQ(desk.send(Type::GetSlotStatus, 4), Lines{"SlotStatus 4 00 00 00"});
  EXPECT_EQ(desk.send(xfr_block(5, {}, Chain::Next)), Lines{"DataBlock 5 00 00 02 0506"});
}

}  // namespace
}  // namespace vscard::ccid
