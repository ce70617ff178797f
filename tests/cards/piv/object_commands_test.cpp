#include "cards/piv/objects.hpp"
#include "tests/cards/piv/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::piv {
namespace {

using testing::StartsWith;

std::string zeros(std::size_t bytes) {
  std::string digits;
  digits.resize(2 * bytes, '0');
  return digits;
}

TEST(PivObjects, SayWhoANewCardIs) {
  CardUser user;
  const std::string chuid = user.send("00cb3fff", "5c035fc102");
  EXPECT_THAT(chuid, StartsWith("533b3019d4e739da739ced39ce739d836858210842108421c84210c3eb3410"));
  EXPECT_EQ(chuid.size(), 2 * (2 + 59 + 2));
  EXPECT_THAT(user.send("00cb3fff", "5c035fc107"), StartsWith("5333f015a000000116ff02"));
  EXPECT_EQ(user.send("00cb3fff", "5c035fc10c"), "5308c10100c20100fe009000");
  EXPECT_EQ(user.send("00cb3fff", "5c035fc105"), "6a82");
  EXPECT_NE(chuid, CardUser().send("00cb3fff", "5c035fc102")) << "no two cards are alike";
}

TEST(PivGetData, RefusesWhatIsNotOneTag) {
  CardUser user;
  for (const char* list : {"5c", "5c00", "5c0100ff", "5c045fc10200", "5c035fc1", "5d035fc102"}) {
    EXPECT_EQ(user.send("00cb3fff", list), "6a80") << list;
  }
  EXPECT_EQ(user.send("00cb3f00", "5c035fc102"), "6a86");
  EXPECT_EQ(user.send("00cb3fff", "5c027f61"), "6a82");
}

TEST(PivGetData, AsksForThePinWhereTheObjectIsPrivate) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  for (const char* tag : {"5fc103", "5fc108", "5fc109", "5fc121"}) {
    const std::string list = std::string("5c03") + tag;
    EXPECT_EQ(user.send("00db3fff", list + "530101"), "9000");
    EXPECT_EQ(user.send("00cb3fff", list), "6982");
    EXPECT_EQ(user.verify("123456"), "9000");
    EXPECT_EQ(user.send("00cb3fff", list), "5301019000");
    EXPECT_EQ(user.raw("0020ff80"), "9000");
  }
}

TEST(PivPutData, WritesAndRemovesForTheManagementKey) {
  CardUser user;
  EXPECT_EQ(user.send("00db3fff", "5c035fff1053020102"), "6982");
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_EQ(user.send("00db3fff", "5c035fff1053020102"), "9000");
  EXPECT_EQ(user.send("00cb3fff", "5c035fff10"), "530201029000");
  EXPECT_EQ(decode(user.disk().state), user.state().clone());
  EXPECT_EQ(user.send("00db3fff", "5c035fff105300"), "9000");
  EXPECT_EQ(user.send("00cb3fff", "5c035fff10"), "6a82");
  user.reset();
  EXPECT_EQ(user.send("00db3fff", "5c035fff1053020102"), "6982");
}

TEST(PivPutData, RefusesWhatDoesNotHold) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  for (const char* data : {"", "5c035fff10", "5c035fff10530101ff", "5c035fff105401ff",
                           "53005c035fff10", "5c035fff105383000001ff", "5c035fff10530501"}) {
    EXPECT_EQ(user.send("00db3fff", data), "6a80") << data;
  }
  for (const char* tag : {"017e", "027f61", "035fc100", "035fc124", "035fff16", "03000000"}) {
    EXPECT_EQ(user.send("00db3fff", std::string("5c") + tag + "530101"), "6a81") << tag;
  }
  EXPECT_EQ(user.send("00db3ffe", "5c035fff10530101"), "6a86");
}

TEST(PivPutData, TakesObjectsUpToTheirLimit) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_EQ(user.send("00db3fff", "5c035fff1053824000" + zeros(0x4000)), "9000");
  EXPECT_EQ(user.send("00cb3fff", "5c035fff10"), "53824000" + zeros(0x4000) + "9000");
  EXPECT_EQ(user.send("00db3fff", "5c035fff1053824001" + zeros(0x4001)), "6a84");
}

TEST(PivPutData, ThatIsNotStoredChangesNothing) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  const State before = user.state().clone();
  user.disk().fails_at = 0;
  EXPECT_EQ(user.send("00db3fff", "5c035fc10d530101"), "6581");
  EXPECT_EQ(user.state(), before);
}

TEST(PivKeyHistory, ReachesToTheLastRetiredCertificate) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_EQ(user.send("00db3fff", "5c035fc11f530101"), "9000") << "slot 94";
  EXPECT_EQ(user.send("00cb3fff", "5c035fc10c"), "5308c10113c20100fe009000");
  // What another program said about keys that are elsewhere stays.
  EXPECT_EQ(user.send("00db3fff", "5c035fc10c530bc10100c20102f30161fe00"), "9000");
  EXPECT_EQ(user.send("00db3fff", "5c035fc10d530101"), "9000");
  EXPECT_EQ(user.send("00cb3fff", "5c035fc10c"), "530bc10113c20102f30161fe009000");
  EXPECT_EQ(user.send("00db3fff", "5c035fc11f5300"), "9000");
  EXPECT_EQ(user.send("00cb3fff", "5c035fc10c"), "530bc10101c20102f30161fe009000");
}

}  // namespace
}  // namespace vscard::cards::piv
