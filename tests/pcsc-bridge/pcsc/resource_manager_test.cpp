#include "tests/pcsc-bridge/pcsc/service_user.hpp"

#include <gtest/gtest.h>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kViolation = static_cast<std::uint32_t>(Code::SharingViolation);

TEST(PcscService, TransactionsAreGivenInTheOrderInWhichTheyWereAskedFor) {
  ServiceUser service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  const HandleId c = service.connected(3);
  EXPECT_EQ(service.begin(1, a), Lines{begun(1, a)});
  EXPECT_EQ(service.begin(2, b), Lines{});
  EXPECT_EQ(service.begin(3, c), Lines{});
  EXPECT_EQ(service.end(1, a), (Lines{"1: 12 bytes", begun(2, b)}));
  EXPECT_EQ(service.end(2, b), (Lines{"2: 12 bytes", begun(3, c)}));
}

TEST(PcscService, AConnectThatIsWrongInItselfDoesNotWaitForATransaction) {
  ServiceUser service;
  service.insert();
  service.begin(1, service.connected(1));
  service.program(2);
  Connect call{service.context(2), {}, Share{7}, kT0 | kT1, {}, 0, {}};
  std::ranges::copy(std::string_view("r 00 00"), call.reader.bytes.begin());
  const auto answer = [&] { return fakes::to_hex(service.answer_to(2, Command::Connect, call)); };
  const auto with = [&](Code rv) {
    Connect told = call;
    told.rv = rv;
    return fakes::to_hex(encode(told).view());
  };
  EXPECT_EQ(answer(), with(Code::InvalidValue));
  call.share = Share::Shared;
  call.preferred = 0;
  EXPECT_EQ(answer(), with(Code::ProtoMismatch));
  call.preferred = kT1;
  EXPECT_EQ(answer(), "") << "it waits";
}

TEST(PcscService, WhoWaitedTooLongIsToldAndKeepsItsPlace) {
  ServiceUser service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  const HandleId c = service.connected(3);
  service.begin(1, a);
  service.begin(2, b);
  EXPECT_EQ(service.wait(milliseconds(499)), Lines{});
  EXPECT_EQ(service.wait(milliseconds(1)), Lines{begun(2, b, kViolation)});
  service.begin(3, c);
  EXPECT_EQ(service.begin(2, b), Lines{});  // libpcsclite asks again
  EXPECT_EQ(service.end(1, a), (Lines{"1: 12 bytes", begun(2, b)}));
}

TEST(PcscService, AProgramThatDiesInATransactionLetsTheNextOneKnow) {
  ServiceUser service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  service.begin(1, a);
  EXPECT_EQ(service.transmit(1, a), Lines{"transmit"});
  service.begin(2, b);
  const auto reset = static_cast<std::uint32_t>(Code::ResetCard);
  EXPECT_EQ(service.hang_up(1), (Lines{"abort", "power", begun(2, b, reset)}));
}

TEST(PcscService, ACommandWaitsForTheOneBeforeItAndIsAskedAgainWhetherItMay) {
  ServiceUser service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  const HandleId c = service.connected(3);
  EXPECT_EQ(service.transmit(1, a), Lines{"transmit"});
  EXPECT_EQ(service.transmit(2, b), Lines{});
  EXPECT_EQ(service.begin(3, c), Lines{begun(3, c)});
  EXPECT_EQ(service.respond(), (Lines{"1: 34 bytes", "2: 32 bytes"}));  // a violation
}

TEST(PcscService, AProgramDoesNotWaitForItself) {
  ServiceUser service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId again = service.connect(1);
  service.begin(1, a);
  EXPECT_EQ(service.begin(1, again), Lines{begun(1, again, kViolation)});
}

TEST(PcscService, HoldsAnEventUntilTheStatesWereSentTo46) {
  ServiceUser service;
  service.program(1, 6);
  EXPECT_EQ(service.ask(1, Command::Wait, Wait{}), Lines{});
  EXPECT_EQ(service.insert(), Lines{});
  EXPECT_EQ(service.ask(1, Command::StateCount, StateCount{}), Lines{"1: 4 bytes"});
  EXPECT_EQ(service.remove(), Lines{});
  EXPECT_EQ(service.ask(1, Command::StateArray, StateArray{}), Lines{"1: 2944 bytes"});
  EXPECT_EQ(service.insert(), Lines{event(1, 2)});
  EXPECT_EQ(service.ask(1, Command::StopWaiting, StopWaiting{}), Lines{});
}

TEST(PcscService, SendsAnEventAtOnceTo45WithTheCountOfReaderEvents) {
  ServiceUser service;
  service.program(1, 5);
  EXPECT_EQ(service.ask(1, Command::Wait, Wait{}), Lines{"1: 2944 bytes"});
  EXPECT_EQ(service.remove_reader(), Lines{event(1, 3)});
  EXPECT_EQ(service.ask(1, Command::ReaderEvents, ReaderEvents{}), Lines{event(1, 3)});
}

TEST(PcscService, ACancelComesAfterTheStates) {
  ServiceUser service;
  service.program(1, 6);
  service.program(2, 6);
  service.ask(1, Command::Wait, Wait{});
  EXPECT_EQ(service.ask(2, Command::Cancel, Cancel{service.context(1), {}}).size(), 1U);
  EXPECT_EQ(service.ask(1, Command::StateArray, StateArray{}),
            (Lines{"1: 2944 bytes", event(1, 2, Code::Cancelled)}));
  EXPECT_EQ(service.ask(1, Command::StopWaiting, StopWaiting{}), Lines{});
}

TEST(PcscService, IsSettledWhenWhoWasToldHasLooked) {
  ServiceUser service;
  service.program(1, 5);
  service.ask(1, Command::Wait, Wait{});
  EXPECT_TRUE(service.settled());
  service.insert();
  EXPECT_FALSE(service.settled());
  service.ask(1, Command::Wait, Wait{});
  EXPECT_TRUE(service.settled());
}

TEST(PcscService, ASilentReaderHoldsNobodyUpButThoseWhoUseIt) {
  ServiceUser service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  service.transmit(1, a);
  EXPECT_EQ(service.ask(2, Command::ReaderStates, ReaderStates{}), Lines{"2: 2944 bytes"});
  EXPECT_EQ(service.ask(2, Command::Status, Status{b, {}}).size(), 1U);
  service.program(3);
}

TEST(PcscService, AReaderThatGoesLeavesNobodyWaiting) {
  ServiceUser service;
  service.insert();
  const HandleId a = service.connected(1);
  const HandleId b = service.connected(2);
  const HandleId c = service.connected(3);
  service.begin(1, a);
  service.transmit(1, a);
  service.begin(2, b);
  const auto invalid = static_cast<std::uint32_t>(Code::InvalidValue);
  EXPECT_EQ(service.remove_reader(), (Lines{"1: 32 bytes", begun(2, b, invalid)}));
  EXPECT_EQ(service.begin(3, c), Lines{begun(3, c, invalid)});
  EXPECT_EQ(service.ask(3, Command::Disconnect, Disconnect{c, Disposition::Leave, {}}),
            Lines{"3: 12 bytes"});
}

TEST(PcscService, AHandleOfAnotherConnectionClosesThisOne) {
  ServiceUser service;
  service.insert();
  const HandleId a = service.connected(1);
  service.program(2);
  EXPECT_EQ(service.ask(2, Command::Status, Status{a, {}}), Lines{"close 2"});
  EXPECT_EQ(service.ask(1, Command::Status, Status{a, {}}).size(), 1U);
}

TEST(PcscService, WhatAProgramMaySendAheadIsBounded) {
  ServiceUser service;
  service.insert();
  service.program(1);
  EXPECT_EQ(service.flood(1, 20).size(), 20U);
  EXPECT_EQ(service.flood(1, 400).back(), "close 1");

  const HandleId b = service.connected(2);
  service.transmit(2, b);
  Lines last;
  for (int i = 0; i < 100 && last.empty(); ++i) last = service.flood(2, 500);
  EXPECT_EQ(last, Lines{"close 2"});
}

TEST(PcscService, HasTheControlCodesOfPart10) {
  ServiceUser service;
  service.insert();
  const HandleId card = service.connected(1);
  constexpr std::uint32_t kGetFeatures = 0x42000d48;    // SCARD_CTL_CODE(3400)
  constexpr std::uint32_t kGetProperties = 0x42330012;  // as the list of features says
  struct Row {
    std::uint32_t code;
    std::uint32_t room;
    std::uint32_t received;
    Code rv;
    const char* data;
  };
  for (const Row& row : {Row{kGetFeatures, 6, 6, Code::Success, "120442330012"},
                         Row{kGetProperties, 264, 6, Code::Success, "0a0400000000"},
                         Row{kGetFeatures, 5, 6, Code::InsufficientBuffer, ""},
                         Row{kGetFeatures + 1, 264, 0, Code::UnsupportedFeature, ""}}) {
    const auto answer =
        service.answer_to(1, Command::Control, {Control{card, row.code, 0, row.room, 0, {}}});
    const auto wanted = encode(Control{card, row.code, 0, row.room, row.received, row.rv},
                               fakes::from_hex(row.data));
    EXPECT_EQ(fakes::to_hex(answer), fakes::to_hex(wanted.view())) << std::hex << row.code;
  }
}

TEST(PcscService, HasTheReadersAttributesAndItsName) {
  ServiceUser service;
  service.insert();
  const HandleId card = service.connected(1);
  struct Row {
    std::uint32_t id;
    std::uint32_t room;
    std::uint32_t length;
    Code rv;
    std::string_view value;
  };
  using namespace std::string_view_literals;
  for (const Row& row : {Row{0x10100, 264, 7, Code::Success, "vscard\0"sv},
                         Row{0x10103, 264, 7, Code::Success, "serial\0"sv},
                         Row{0x7fff0003, 264, 8, Code::Success, "r 00 00\0"sv},
                         Row{0x7fff0003, 7, 8, Code::InsufficientBuffer, ""sv},
                         Row{0x90303, 264, 4, Code::Success, "\x3b\x80\x01\x81"sv},
                         Row{0x1, 264, 264, Code::UnsupportedFeature, ""sv}}) {
    GetAttribute wanted{{card, row.id, {}, row.length, row.rv}};
    std::ranges::copy(row.value, wanted.value.begin());
    const auto answer =
        service.answer_to(1, Command::GetAttribute, GetAttribute{{card, row.id, {}, row.room, {}}});
    EXPECT_EQ(fakes::to_hex(answer), fakes::to_hex(encode(wanted).view())) << std::hex << row.id;
  }
}

TEST(PcscService, AnIdleCardIsPoweredDown) {
  ServiceUser service;
  service.insert();
  EXPECT_EQ(service.wait(kIdleTime - milliseconds(1)), Lines{});
  EXPECT_EQ(service.wait(milliseconds(1)), Lines{"power"});
  EXPECT_EQ(service.wait(seconds(60)), Lines{});
}

}  // namespace
}  // namespace vscard::pcsc_bridge::pcsc
