// Readers of another service among ours: what goes there, and what comes back.

#include "tests/pcsc-bridge/pcsc/service_user.hpp"

#include <gtest/gtest.h>

namespace vscard::pcsc_bridge::pcsc {
namespace {

TEST(PcscForeignReader, IsOneOfTheStatesAndAnEventWhenItComesChangesAndGoes) {
  ServiceUser service;
  service.program(1, 5);
  const auto told = [&](const Lines& lines, std::uint32_t count) {
    EXPECT_EQ(lines, Lines{event(1, count)});
    service.ask(1, Command::Wait, Wait{});
  };
  service.ask(1, Command::Wait, Wait{});
  told(service.show_foreign(false), 3);
  told(service.show_foreign(), 3);
  EXPECT_EQ(service.show_foreign(), Lines{}) << "nothing has changed";
  told(service.remove_foreign(), 4);
}

TEST(PcscForeignReader, GetsEachCallAsTheProgramMadeIt) {
  ServiceUser service;
  service.show_foreign();
  service.program(1);
  EXPECT_EQ(service.connect_to(1, "f"), Lines{"ask for 1"});
  EXPECT_EQ(std::get<Connect>(service.asked()->request.call).share, Share::Exclusive);
  EXPECT_EQ(service.answer(), Lines{"1: 152 bytes"});
  const HandleId card = service.connected_abroad(2);
  EXPECT_EQ(service.ask(2, Command::Control, Control{card, 7, 3, 9, 0, {}}, 3), Lines{"ask for 2"});
  EXPECT_EQ(service.asked()->request.data.size(), 3U);
  EXPECT_EQ(std::get<Control>(service.asked()->request.call).card, card);
  EXPECT_EQ(service.answer(Code::Success, 5), Lines{"2: 29 bytes"});
  EXPECT_EQ(service.begin(2, card), Lines{"ask for 2"});
  EXPECT_EQ(service.answer(Code::ResetCard),
            Lines{begun(2, card, static_cast<std::uint32_t>(Code::ResetCard))});
}

TEST(PcscForeignReader, IsAskedOneThingAtATimeByAProgramAndHoldsUpNoOther) {
  ServiceUser service;
  service.show_foreign();
  service.insert();
  const HandleId card = service.connected_abroad(1);
  const HandleId other = service.connected_abroad(2);
  EXPECT_EQ(service.transmit(1, card), Lines{"ask for 1"});
  EXPECT_EQ(service.begin(1, card), Lines{}) << "the transmit is not answered yet";
  const HandleId ours = service.connected(3);
  EXPECT_EQ(service.transmit(3, ours), Lines{"transmit"});
  EXPECT_EQ(service.respond(), Lines{"3: 34 bytes"});
  const auto first = [&] { return service.ask(2, Command::Status, Status{other, {}}); };
  EXPECT_EQ(first(), Lines{"ask for 2"});
}

TEST(PcscForeignReader, AFailedConnectLeavesNoHandle) {
  ServiceUser service;
  service.show_foreign();
  service.program(1);
  service.connect_to(1, "f");
  const HandleId card = std::get<Connect>(service.asked()->request.call).card;
  EXPECT_NE(card, HandleId{});
  EXPECT_EQ(service.answer(Code::SharingViolation), Lines{"1: 152 bytes"});
  EXPECT_EQ(service.begin(1, card), Lines{"close 1"});
}

TEST(PcscForeignReader, AHandleEndsWithItsDisconnectAndIsOfNoUseToOthers) {
  ServiceUser service;
  service.show_foreign();
  const HandleId card = service.connected_abroad(1);
  service.program(2);
  EXPECT_EQ(service.begin(2, card), Lines{"close 2"});
  service.ask(1, Command::Disconnect, Disconnect{card, Disposition::Reset, {}});
  EXPECT_EQ(std::get<Disconnect>(service.asked()->request.call).disposition, Disposition::Reset);
  EXPECT_EQ(service.answer(), Lines{"1: 12 bytes"});
  EXPECT_EQ(service.begin(1, card), Lines{"close 1"});
}

TEST(PcscForeignReader, IsToldWhenAProgramGoesOrReleasesItsContext) {
  ServiceUser service;
  service.show_foreign();
  const HandleId card = service.connected_abroad(1);
  service.transmit(1, card);
  EXPECT_EQ(service.hang_up(1), Lines{"forget 1"});
  EXPECT_EQ(service.answer(), Lines{}) << "nobody waits for it";
  service.connected_abroad(2);
  const auto context = service.context(2);
  EXPECT_EQ(
      service.ask(2, Command::Release, Release{context, {}}),
      (Lines{"forget 2", "2: 8 bytes " + fakes::to_hex(encode(Release{context, {}}).view())}));
  EXPECT_EQ(service.hang_up(2), Lines{});
}

/// What the handles are worth then, its service says.
TEST(PcscForeignReader, ThatHasGoneIsStillAskedAboutItsHandles) {
  ServiceUser service;
  service.show_foreign();
  const HandleId card = service.connected_abroad(1);
  service.remove_foreign();
  EXPECT_EQ(service.begin(1, card), Lines{"ask for 1"});
  service.answer(Code::ReaderUnavailable);
  EXPECT_EQ(service.connect_to(1, "f"), Lines{"1: 152 bytes"}) << "an unknown reader";
}

TEST(PcscForeignReader, NeedsAContextToBeConnectedTo) {
  ServiceUser service;
  service.show_foreign();
  service.program(1);
  Connect call{ContextId{77}, {}, Share::Shared, kT0, {}, 0, {}};
  call.reader.bytes[0] = 'f';
  EXPECT_EQ(service.ask(1, Command::Connect, call), Lines{"1: 152 bytes"});
}

}  // namespace
}  // namespace vscard::pcsc_bridge::pcsc
