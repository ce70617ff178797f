// What ISO 7816-4 puts between a card and its reader.

#include "tests/cards/piv/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::piv {
namespace {

using testing::StartsWith;

constexpr const char* kTemplate = "61114f0600001000010079074f05a000000308";
constexpr const char* kDiscovery = "7e124f0ba0000003080000100001005f2f024000";

std::string with_success(std::string_view data) { return std::string(data) + "9000"; }

TEST(PivAtr, OffersWhatQemusReaderHasAndWhatYubicoPivToolTakes) {
  EXPECT_EQ(fakes::to_hex(atr().bytes()), "3b8c80018073c0218056767363617264d8");
  EXPECT_TRUE(atr().checksum_ok());
  EXPECT_THAT(atr().protocols(), testing::ElementsAre(0, 1));
}

TEST(PivTransport, AnswersAsRealClientsWantIt) {
  CardUser user;
  // yubico-piv-tool 2.2.0 sends no Le, 2.7.1 does; OpenSC names all of the AID.
  EXPECT_EQ(user.raw("00a4040005a000000308"), with_success(kTemplate));
  EXPECT_EQ(user.raw("00a4040005a00000030800"), with_success(kTemplate));
  EXPECT_EQ(user.raw("00a4040009a0000003080000100000"), with_success(kTemplate));
  // OpenSC 0.23 asks for the first bytes, then for all.
  EXPECT_EQ(user.raw("00cb3fff035c017e08"), "7e124f0ba0000003610c");
  EXPECT_EQ(user.raw("00cb3fff035c017e14"), with_success(kDiscovery));
  EXPECT_EQ(user.raw("00cb3fff035c017e00"), with_success(kDiscovery));
}

TEST(PivTransport, RefusesWhatItDoesNotKnow) {
  CardUser user;
  EXPECT_EQ(user.raw("00"), "6700");
  EXPECT_EQ(user.raw("00a404000500"), "6700");
  EXPECT_EQ(user.raw("80cb3fff035c017e00"), "6e00");
  EXPECT_EQ(user.raw("0ccb3fff035c017e00"), "6e00") << "secure messaging";
  EXPECT_EQ(user.raw("01cb3fff035c017e00"), "6881");
  EXPECT_EQ(user.raw("00cadf3005"), "6d00");
  EXPECT_EQ(user.raw("00c0000000"), "6985") << "nothing is left";
}

TEST(PivTransport, GivesTheRestOnlyUntilTheNextCommand) {
  CardUser user;
  EXPECT_EQ(user.raw("00cb3fff035c017e08"), "7e124f0ba0000003610c");
  EXPECT_EQ(user.raw("00c0000004"), "080000106108");
  EXPECT_EQ(user.raw("00a4040005a000000527"), "6a82");
  EXPECT_EQ(user.raw("00c0000008"), "6985");
  EXPECT_EQ(user.raw("00cb3fff035c017e08"), "7e124f0ba0000003610c");
  user.reset();
  EXPECT_EQ(user.raw("00c000000c"), "6985");
}

TEST(PivTransport, SaysWhatTakesMoments) {
  const auto is_quick = [](std::string_view command) {
    return Card::is_quick(fakes::from_hex(command));
  };
  for (const char* quick :
       {"", "00", "00a4040005a000000308", "00cb3fff035c017e00", "00c0000000", "1087079a0101",
        "1020008004313233", "0087119a0101", "0087039b047c028000", "00f7009a", "00ff"}) {
    EXPECT_TRUE(is_quick(quick)) << quick;
  }
  for (const char* slow : {"00200080", "0020008008313233343536ffff", "0087079a0101", "0087149a0101",
                           "0087059a0101", "0047009a05ac03800111", "00db3fff0101", "00f99a00",
                           "00240080", "002c0080", "00fe079a0101"}) {
    EXPECT_FALSE(is_quick(slow)) << slow;
  }
}

TEST(PivTransport, TakesTheSameCommandChainedOrExtended) {
  CardUser user;
  EXPECT_EQ(user.raw("10cb3fff025c01"), "9000");
  EXPECT_EQ(user.raw("00cb3fff017e00"), with_success(kDiscovery));
  EXPECT_EQ(user.raw("00cb3fff0000035c017e0000"), with_success(kDiscovery));
  EXPECT_EQ(user.raw("10cb3fff0000025c01"), "9000");
  EXPECT_EQ(user.raw("00cb3fff017e00"), with_success(kDiscovery));
}

TEST(PivTransport, AnotherCommandEndsAChain) {
  CardUser user;
  EXPECT_EQ(user.raw("10cb3fff025c01"), "9000");
  EXPECT_EQ(user.raw("0020008000"), "63c3");
  EXPECT_EQ(user.raw("00cb3fff017e00"), "6a80") << "alone it is not a list";
  EXPECT_EQ(user.raw("10cb3fff025c01"), "9000");
  user.reset();
  EXPECT_EQ(user.raw("00cb3fff017e00"), "6a80");
}

TEST(PivTransport, AChainHasAnEnd) {
  CardUser user;
  const std::string piece = "10db3fffff" + std::string(510, '0');
  int taken = 0;
  while (user.raw(piece) == "9000") ASSERT_LT(++taken, 100);
  EXPECT_EQ(taken, 20 * 1024 / 255);
  EXPECT_EQ(user.raw("00db3fff0100"), "6982") << "of what was too long nothing is left";
}

TEST(PivSelect, OfAnotherApplicationChangesNothing) {
  CardUser user;
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(user.raw("00a4040c0fd23300000045737445494420763335"), "6a82");
  EXPECT_EQ(user.raw("00a4000c023f00"), "6a82");
  EXPECT_EQ(user.raw("00a4040004a0000003"), "6a82") << "too short to be a name";
  EXPECT_EQ(user.raw("00a404000ca0000003080000100001000000"), "6a82");
  EXPECT_EQ(user.raw("00200080"), "9000");
  EXPECT_THAT(user.select(), StartsWith(kTemplate));
  EXPECT_EQ(user.raw("00200080"), "9000");
  user.reset();
  EXPECT_EQ(user.raw("00200080"), "63c3");
}

}  // namespace
}  // namespace vscard::cards::piv
