#include "pcsc-bridge/pcsc/slot.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using std::chrono::seconds;

constexpr HandleId kOurs{1};
constexpr HandleId kOther{2};
constexpr HandleId kNew{3};

Atr both_protocols() {  // T=0 and T=1
  return Atr::parse(std::array<std::uint8_t, 5>{0x3b, 0x80, 0x80, 0x01, 0x01}).value();
}
Atr t1_card() { return Atr::parse(std::array<std::uint8_t, 4>{0x3b, 0x80, 0x01, 0x81}).value(); }

Connect connect(Share share, Protocols preferred = kT0 | kT1) {
  return {.context = {},
          .reader = {},
          .share = share,
          .preferred = preferred,
          .card = {},
          .active = 0,
          .rv = {}};
}
Reconnect reconnect(Share share, Disposition initialization, Protocols preferred = kT0 | kT1) {
  return {.card = kOurs,
          .share = share,
          .preferred = preferred,
          .initialization = initialization,
          .active = 0,
          .rv = {}};
}

std::string name_of(Code code) {
  static const std::map<Code, std::string> names{{Code::Success, "ok"},
                                                 {Code::InternalError, "internal"},
                                                 {Code::InvalidHandle, "handle"},
                                                 {Code::SharingViolation, "sharing"},
                                                 {Code::NoSmartcard, "no-card"},
                                                 {Code::ProtoMismatch, "proto"},
                                                 {Code::InvalidValue, "value"},
                                                 {Code::NotTransacted, "not-trans"},
                                                 {Code::UnsupportedFeature, "unsupp"},
                                                 {Code::ResetCard, "reset"},
                                                 {Code::RemovedCard, "removed"}};
  return names.at(code);
}

/// What had happened before the call. Our handle is kOurs, that of another program kOther.
const std::vector<std::pair<std::string, std::function<void(Slot&)>>> kStates{
    {"no card, direct",
     [](Slot& slot) {
       slot.remove();
       slot.disconnect(kOurs, Disposition::Leave, {});
       slot.connect(kOurs, connect(Share::Direct), {});
     }},
    {"alone", [](Slot&) {}},
    {"own transaction", [](Slot& slot) { slot.begin(kOurs); }},
    {"exclusive",
     [](Slot& slot) { slot.reconnect(reconnect(Share::Exclusive, Disposition::Leave), {}); }},
    {"with another", [](Slot& slot) { slot.connect(kOther, connect(Share::Shared), {}); }},
    {"another's transaction",
     [](Slot& slot) {
       slot.connect(kOther, connect(Share::Shared), {});
       slot.begin(kOther);
     }},
    {"reset by another",
     [](Slot& slot) {
       slot.connect(kOther, connect(Share::Shared), {});
       slot.disconnect(kOther, Disposition::Reset, {});
     }},
    {"removed", [](Slot& slot) { slot.remove(); }},
    {"removed, back",
     [](Slot& slot) {
       slot.remove();
       slot.insert(both_protocols(), {});
     }},
};

struct Call {
  std::string name;
  std::function<Code(Slot&)> make;
  std::vector<std::string> expected;  ///< for each state
};

const std::vector<Call> kCalls{
    // no card     alone    transaction  exclusive  with other  other's tr.  reset     removed back
    {"connect shared",
     [](Slot& slot) { return slot.connect(kNew, connect(Share::Shared), {}); },
     {"no-card", "ok", "ok", "sharing", "ok", "ok", "ok", "no-card", "ok"}},
    {"connect exclusive",
     [](Slot& slot) { return slot.connect(kNew, connect(Share::Exclusive), {}); },
     {"no-card", "sharing", "sharing", "sharing", "sharing", "sharing", "sharing", "no-card",
      "sharing"}},
    {"connect direct",
     [](Slot& slot) { return slot.connect(kNew, connect(Share::Direct, 0), {}); },
     {"ok", "ok", "ok", "sharing", "ok", "ok", "ok", "ok", "ok"}},
    {"connect, no protocol",
     [](Slot& slot) { return slot.connect(kNew, connect(Share::Shared, 0), {}); },
     {"proto", "proto", "proto", "proto", "proto", "proto", "proto", "proto", "proto"}},
    {"connect, another protocol",
     [](Slot& slot) { return slot.connect(kNew, connect(Share::Shared, kT0), {}); },
     {"no-card", "proto", "proto", "sharing", "proto", "proto", "ok", "no-card", "ok"}},
    {"connect, raw",
     [](Slot& slot) { return slot.connect(kNew, connect(Share::Shared, kRaw), {}); },
     {"no-card", "ok", "ok", "sharing", "ok", "ok", "ok", "no-card", "ok"}},
    {"connect, share mode 7",
     [](Slot& slot) { return slot.connect(kNew, connect(Share{7}), {}); },
     {"value", "value", "value", "value", "value", "value", "value", "value", "value"}},
    {"reconnect",
     [](Slot& slot) { return slot.reconnect(reconnect(Share::Shared, Disposition::Leave), {}); },
     {"no-card", "ok", "ok", "ok", "ok", "sharing", "ok", "no-card", "ok"}},
    {"reconnect, reset",
     [](Slot& slot) { return slot.reconnect(reconnect(Share::Shared, Disposition::Reset), {}); },
     {"no-card", "ok", "ok", "ok", "ok", "sharing", "ok", "no-card", "ok"}},
    {"reconnect exclusive",
     [](Slot& slot) { return slot.reconnect(reconnect(Share::Exclusive, Disposition::Leave), {}); },
     {"no-card", "ok", "ok", "ok", "sharing", "sharing", "ok", "no-card", "ok"}},
    {"reconnect, another protocol",
     [](Slot& slot) {
       return slot.reconnect(reconnect(Share::Shared, Disposition::Leave, kT0), {});
     },
     {"no-card", "proto", "proto", "proto", "proto", "sharing", "ok", "no-card", "ok"}},
    {"reconnect direct",
     [](Slot& slot) { return slot.reconnect(reconnect(Share::Direct, Disposition::Leave, 0), {}); },
     {"no-card", "ok", "ok", "ok", "ok", "sharing", "ok", "no-card", "ok"}},
    {"reconnect, unpower",
     [](Slot& slot) { return slot.reconnect(reconnect(Share::Shared, Disposition::Unpower), {}); },
     {"no-card", "ok", "ok", "ok", "ok", "sharing", "ok", "no-card", "ok"}},
    {"reconnect, eject",
     [](Slot& slot) { return slot.reconnect(reconnect(Share::Shared, Disposition::Eject), {}); },
     {"value", "value", "value", "value", "value", "value", "value", "value", "value"}},
    {"disconnect, reset",
     [](Slot& slot) { return slot.disconnect(kOurs, Disposition::Reset, {}); },
     {"ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok"}},
    {"disconnect 9",
     [](Slot& slot) { return slot.disconnect(kOurs, Disposition{9}, {}); },
     {"value", "value", "value", "value", "value", "value", "value", "value", "value"}},
    {"begin",
     [](Slot& slot) { return slot.begin(kOurs); },
     {"ok", "ok", "ok", "ok", "ok", "sharing", "reset", "removed", "removed"}},
    {"end",
     [](Slot& slot) { return slot.end(kOurs, Disposition::Leave); },
     {"not-trans", "not-trans", "ok", "not-trans", "not-trans", "sharing", "reset", "removed",
      "removed"}},
    {"end, reset",
     [](Slot& slot) { return slot.end(kOurs, Disposition::Reset); },
     {"not-trans", "not-trans", "ok", "not-trans", "not-trans", "sharing", "reset", "removed",
      "removed"}},
    {"end, eject",
     [](Slot& slot) { return slot.end(kOurs, Disposition::Eject); },
     {"unsupp", "unsupp", "unsupp", "unsupp", "unsupp", "sharing", "reset", "removed", "removed"}},
    {"end 9",
     [](Slot& slot) { return slot.end(kOurs, Disposition{9}); },
     {"value", "value", "value", "value", "value", "value", "value", "value", "value"}},
    {"transmit T=1",
     [](Slot& slot) { return slot.may_transmit(kOurs, kT1); },
     {"no-card", "ok", "ok", "ok", "ok", "sharing", "reset", "removed", "removed"}},
    {"transmit T=0",
     [](Slot& slot) { return slot.may_transmit(kOurs, kT0); },
     {"no-card", "proto", "proto", "proto", "proto", "sharing", "reset", "removed", "removed"}},
    {"transmit T=0 or T=1",
     [](Slot& slot) { return slot.may_transmit(kOurs, kAnyOld); },
     {"no-card", "ok", "ok", "ok", "ok", "sharing", "reset", "removed", "removed"}},
    {"transmit raw",
     [](Slot& slot) { return slot.may_transmit(kOurs, kRaw); },
     {"not-trans", "ok", "ok", "ok", "ok", "sharing", "reset", "removed", "removed"}},
    {"status, attributes",
     [](Slot& slot) { return slot.may_use_card(kOurs); },
     {"ok", "ok", "ok", "ok", "ok", "sharing", "reset", "removed", "removed"}},
    {"control",
     [](Slot& slot) { return slot.may_use(kOurs); },
     {"ok", "ok", "ok", "ok", "ok", "sharing", "ok", "ok", "ok"}},
};

TEST(PcscSlot, EachCallInEachState) {
  for (const Call& call : kCalls) {
    ASSERT_EQ(call.expected.size(), kStates.size()) << call.name;
    for (std::size_t i = 0; i < kStates.size(); ++i) {
      Slot slot;
      slot.insert(both_protocols(), {});
      slot.connect(kOurs, connect(Share::Shared), {});
      kStates[i].second(slot);
      EXPECT_EQ(name_of(call.make(slot)), call.expected[i])
          << call.name << ": " << kStates[i].first;
    }
  }
}

TEST(PcscSlot, AResetMarksAllButWhoReconnects) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  slot.connect(kOther, connect(Share::Shared), {});
  EXPECT_EQ(slot.reconnect(reconnect(Share::Shared, Disposition::Reset), {}), Code::Success);
  EXPECT_EQ(slot.may_use_card(kOurs), Code::Success);
  EXPECT_EQ(slot.may_use_card(kOther), Code::ResetCard);
  EXPECT_EQ(slot.take_power(), std::vector{PowerAction::WarmReset});
}

TEST(PcscSlot, TheEndOfATransactionWithAResetMarksItsOwnerToo) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  slot.begin(kOurs);
  EXPECT_EQ(slot.end(kOurs, Disposition::Reset), Code::Success);
  EXPECT_EQ(slot.may_use_card(kOurs), Code::ResetCard);
  EXPECT_FALSE(slot.locked());
}

TEST(PcscSlot, TheSameCardAgainWasReset) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  slot.begin(kOurs);
  slot.insert(both_protocols(), {});
  EXPECT_EQ(slot.may_use_card(kOurs), Code::ResetCard);
  EXPECT_FALSE(slot.locked());
  EXPECT_EQ(slot.events(), 1U) << "it was never out";
  EXPECT_EQ(slot.take_power(), std::vector<PowerAction>{});
  EXPECT_EQ(slot.reconnect(reconnect(Share::Shared, Disposition::Leave, kT0), {}), Code::Success);
  EXPECT_EQ(slot.protocol(), kT0);
}

TEST(PcscSlot, AnotherCardRemovesTheOneBefore) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  slot.insert(t1_card(), {});
  EXPECT_EQ(slot.may_use_card(kOurs), Code::RemovedCard);
}

TEST(PcscSlot, AProgramThatGoesWithinATransactionLeavesAResetCard) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  slot.connect(kOther, connect(Share::Shared), {});
  slot.begin(kOther);
  slot.drop(kOther, {});
  EXPECT_EQ(slot.begin(kOurs), Code::ResetCard);
  EXPECT_EQ(slot.take_power(), std::vector{PowerAction::WarmReset});
  EXPECT_EQ(slot.sharing(), 1);
}

TEST(PcscSlot, TransactionsCountAndARemovalEndsThem) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  slot.begin(kOurs);
  slot.begin(kOurs);
  slot.end(kOurs, Disposition::Leave);
  EXPECT_TRUE(slot.locked());
  slot.remove();
  EXPECT_FALSE(slot.locked());
}

TEST(PcscSlot, ACardThatNobodyUsesIsPoweredDownAndUpAgain) {
  Slot slot;
  const Time start{};
  slot.insert(both_protocols(), start);
  EXPECT_EQ(slot.bits(), 0x34U);
  EXPECT_EQ(slot.deadline(), start + kIdleTime);
  slot.connect(kOurs, connect(Share::Shared), start + seconds(1));
  EXPECT_EQ(slot.deadline(), std::nullopt);
  slot.disconnect(kOurs, Disposition::Leave, start + seconds(2));
  EXPECT_EQ(slot.deadline(), start + seconds(2) + kIdleTime);
  slot.power_down();
  EXPECT_EQ(slot.bits(), 0x04U);
  EXPECT_EQ(slot.connect(kOurs, connect(Share::Direct), {}), Code::Success);
  EXPECT_EQ(slot.bits(), 0x04U);
  EXPECT_EQ(slot.connect(kOther, connect(Share::Shared), {}), Code::Success);
  EXPECT_EQ(slot.bits(), 0x34U);
  EXPECT_EQ(slot.take_power(), (std::vector{PowerAction::Down, PowerAction::ColdReset}));
}

TEST(PcscSlot, ACardThatWasLeftUnpoweredComesUpAgain) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  slot.disconnect(kOurs, Disposition::Unpower, {});
  EXPECT_EQ(slot.bits(), 0x04U);
  EXPECT_EQ(slot.protocol(), kUndefinedProtocol);
  slot.connect(kOurs, connect(Share::Shared), {});
  EXPECT_EQ(slot.bits(), 0x34U);
}

TEST(PcscSlot, T1WinsAndAChosenProtocolStaysUntilAReset) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  EXPECT_EQ(slot.protocol(), kT1);
  EXPECT_EQ(slot.reconnect(reconnect(Share::Shared, Disposition::Leave, kT0), {}),
            Code::ProtoMismatch);
  EXPECT_EQ(slot.reconnect(reconnect(Share::Shared, Disposition::Reset, kT0), {}), Code::Success);
  EXPECT_EQ(slot.protocol(), kT0);
  slot.insert(t1_card(), {});
  EXPECT_EQ(slot.connect(kNew, connect(Share::Shared, kT0), {}), Code::ProtoMismatch);
}

TEST(PcscSlot, ARawProtocolBecomesEverybodysUntilAReset) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Shared), {});
  EXPECT_EQ(slot.connect(kOther, connect(Share::Shared, kRaw), {}), Code::Success);
  EXPECT_EQ(slot.may_transmit(kOther, kRaw), Code::Success);
  EXPECT_EQ(slot.may_transmit(kOurs, kT1), Code::ProtoMismatch);
  EXPECT_EQ(slot.connect(kNew, connect(Share::Shared), {}), Code::ProtoMismatch);
  slot.disconnect(kOther, Disposition::Reset, {});
  EXPECT_EQ(slot.connect(kNew, connect(Share::Shared), {}), Code::Success);
}

TEST(PcscSlot, ADirectHandleHasNoProtocolBeforeItIsReconnected) {
  Slot slot;
  slot.insert(both_protocols(), {});
  slot.connect(kOurs, connect(Share::Direct, 0), {});
  EXPECT_EQ(slot.protocol(), kUndefinedProtocol);
  EXPECT_EQ(slot.may_transmit(kOurs, kT1), Code::ProtoMismatch);
  EXPECT_EQ(slot.may_transmit(kOurs, kRaw), Code::Success);
  slot.reconnect(reconnect(Share::Shared, Disposition::Leave, kT0), {});
  EXPECT_EQ(slot.may_transmit(kOurs, kT0), Code::Success);
}

TEST(PcscSlot, CountsInsertionsAndRemovalsAsLibpcscliteComparesThem) {
  Slot slot;
  slot.insert(both_protocols(), {});
  EXPECT_EQ(slot.events(), 1U);
  slot.insert(t1_card(), {});  // in the place of the first
  EXPECT_EQ(slot.events(), 3U);
  for (int i = 0; i < 0x8000 - 2; ++i) {
    slot.remove();
    slot.insert(t1_card(), {});
  }
  EXPECT_EQ(slot.events(), 0xffffU);
  slot.remove();
  EXPECT_EQ(slot.events(), 1U);
}

TEST(PcscSlot, HasAsManyHandlesAsPcscd) {
  Slot slot;
  slot.insert(both_protocols(), {});
  for (std::uint32_t i = 0; i < kMaxHandles; ++i) {
    EXPECT_EQ(slot.connect(HandleId{100 + i}, connect(Share::Shared), {}), Code::Success);
  }
  EXPECT_EQ(slot.connect(kNew, connect(Share::Shared), {}), Code::InternalError);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::pcsc
