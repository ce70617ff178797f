#include "tests/cards/piv/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::piv {
namespace {

std::string two(std::string_view first, std::string_view second) {
  return CardUser::padded_hex(first) + CardUser::padded_hex(second);
}

TEST(PivPin, IsVerifiedUntilAResetOrAWrongOne) {
  CardUser user;
  EXPECT_EQ(user.raw("00200080"), "63c3") << "OpenSC asks with 4 bytes";
  EXPECT_EQ(user.raw("0020008000"), "63c3") << "yubico-piv-tool with 5";
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(user.raw("00200080"), "9000");
  EXPECT_EQ(user.verify("000000"), "63c2");
  EXPECT_EQ(user.raw("00200080"), "63c2");
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(user.raw("0020ff80"), "9000") << "logs out";
  EXPECT_EQ(user.raw("00200080"), "63c3");
  EXPECT_EQ(user.verify("123456"), "9000");
  user.reset();
  EXPECT_EQ(user.raw("00200080"), "63c3");
}

TEST(PivPin, IsBlockedAfterThreeWrongOnes) {
  CardUser user;
  EXPECT_EQ(user.verify("000000"), "63c2");
  EXPECT_EQ(user.verify("1234"), "63c1") << "as OpenSC sends short ones";
  EXPECT_EQ(user.verify("00000000"), "63c0");
  for (const char* right : {"123456", "000000"}) EXPECT_EQ(user.verify(right), "6983");
  EXPECT_EQ(user.raw("00200080"), "6983");
  user.reset();
  EXPECT_EQ(user.verify("123456"), "6983");
  EXPECT_EQ(user.send("00240080", two("123456", "654321")), "6983");
  EXPECT_EQ(user.send("002c0080", two("12345678", "654321")), "9000");
  EXPECT_EQ(user.verify("654321"), "9000");
}

TEST(PivPin, OfAWrongFormTakesNoTry) {
  CardUser user;
  for (const char* data : {"31", "31323334353637", "313233343536373839"}) {
    EXPECT_EQ(user.send("00200080", data), "6a80") << data;
  }
  for (const char* reference : {"00", "81", "96", "98", "04"}) {
    EXPECT_EQ(user.send(std::string("002000") + reference, "313233343536ffff"), "6a88");
  }
  EXPECT_EQ(user.send("00200180", "313233343536ffff"), "6a86");
  for (const char* fresh : {"12345", "12345a", "", "1234567x"}) {
    EXPECT_EQ(user.send("00240080", two("123456", fresh)), "6a80") << fresh;
    EXPECT_EQ(user.send("002c0080", two("12345678", fresh)), "6a80") << fresh;
  }
  EXPECT_EQ(user.send("00240080", two("123456", "654321") + "ff"), "6a80");
  EXPECT_EQ(user.send("00240080", "313233343536ffff31ffff3435363738"), "6a80");
  EXPECT_EQ(user.send("00240081", two("12345678", "12345")), "6a80");
  EXPECT_EQ(user.send("00240082", two("123456", "654321")), "6a88");
  EXPECT_EQ(user.send("002c0081", two("12345678", "654321")), "6a88");
  EXPECT_EQ(user.state().pin.tries, 3);
  EXPECT_EQ(user.state().puk.tries, 3);
}

TEST(PivPin, IsChangedByWhoKnowsIt) {
  CardUser user;
  EXPECT_EQ(user.send("00240080", two("000000", "654321")), "63c2");
  EXPECT_EQ(user.send("00240080", two("123456", "65432109")), "9000");
  EXPECT_EQ(user.raw("00200080"), "9000");
  user.reset();
  EXPECT_EQ(user.verify("123456"), "63c2");
  EXPECT_EQ(user.verify("65432109"), "9000");
}

TEST(PivPuk, IsChangedByWhoKnowsItAndIsBlockedAfterThreeWrongOnes) {
  CardUser user;
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(user.send("00240081", two("12345678", "abcdefg")), "9000");
  EXPECT_EQ(user.raw("00200080"), "9000") << "the PIN is another thing";
  EXPECT_EQ(user.send("002c0080", two("12345678", "111111")), "63c2");
  EXPECT_EQ(user.send("002c0080", two("abcdefg", "111111")), "9000");
  EXPECT_EQ(user.raw("00200080"), "63c3") << "it is not verified by that";
  EXPECT_EQ(user.verify("111111"), "9000");
  for (const char* left : {"63c2", "63c1", "63c0", "6983"}) {
    EXPECT_EQ(user.send("002c0080", two("99999999", "222222")), left);
  }
  EXPECT_EQ(user.send("002c0080", two("abcdefg", "222222")), "6983");
  EXPECT_EQ(user.verify("111111"), "9000");
}

TEST(PivPin, ATryIsOnTheDiskBeforeThePinIsLookedAt) {
  CardUser user;
  user.disk().fails_at = 0;
  EXPECT_EQ(user.verify("123456"), "6581");
  EXPECT_EQ(user.state().pin.tries, 3) << "nobody learned anything";
  EXPECT_EQ(user.verify("000000"), "63c2");
  const auto stored = decode(user.disk().state);
  EXPECT_EQ(stored->pin.tries, 2);
  CardUser later(stored->clone());
  EXPECT_EQ(later.raw("00200080"), "63c2");
}

TEST(PivPin, IsNotVerifiedBeforeItsTriesAreStored) {
  CardUser user;
  user.disk().fails_at = 1;
  EXPECT_EQ(user.verify("123456"), "6581");
  EXPECT_EQ(user.raw("00200080"), "63c2");
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(decode(user.disk().state)->pin.tries, 3);
}

TEST(PivPin, AChangeThatIsNotStoredIsNone) {
  for (const int write : {0, 1}) {
    CardUser user;
    user.disk().fails_at = write;
    EXPECT_EQ(user.send("00240080", two("123456", "654321")), "6581");
    EXPECT_EQ(user.raw("00200080"), write == 0 ? "63c3" : "63c2");
    EXPECT_EQ(user.verify("654321").substr(0, 3), "63c");
    EXPECT_EQ(user.verify("123456"), "9000");
  }
}

TEST(PivRetries, AreSetByWhoHasBothThePinAndTheManagementKey) {
  CardUser user;
  EXPECT_EQ(user.raw("00fa050400"), "6982");
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_EQ(user.raw("00fa050400"), "6982");
  EXPECT_EQ(user.send("00240080", two("123456", "654321")), "9000");
  EXPECT_EQ(user.raw("00fa000400"), "6a80");
  user.disk().fails_at = user.disk().writes;
  EXPECT_EQ(user.raw("00fa050400"), "6581");
  EXPECT_EQ(user.state().pin.most, 3);
  EXPECT_EQ(user.raw("00fa14ff00"), "9000");
  user.reset();
  EXPECT_EQ(user.raw("00200080"), "63cf") << "20, of which 15 can be said";
  EXPECT_EQ(user.verify("654321"), "63cf");
  EXPECT_EQ(user.verify("123456"), "9000") << "both are the usual ones again";
  EXPECT_EQ(user.state().puk.tries, 255);
}

}  // namespace
}  // namespace vscard::cards::piv
