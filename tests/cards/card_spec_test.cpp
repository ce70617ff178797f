#include "cards/card_spec.hpp"

#include "cards/libcacard/emulation.hpp"

#include <gtest/gtest.h>

namespace vscard::cards {
namespace {

CardSpec spec(const char* text) { return parse_card_spec(text).value(); }

std::string refusal(const char* text) {
  const auto parsed = parse_card_spec(text);
  return parsed ? "" : parsed.error().text;
}

TEST(CardSpec, IsTheUsersOwnSoftCardUnlessItNamesADatabase) {
  EXPECT_EQ(spec("soft"), (CardSpec{DefaultSoftCard{}, ""}));
  EXPECT_EQ(spec("soft:name=mine"), (CardSpec{DefaultSoftCard{}, "mine"}));
  EXPECT_EQ(spec("soft,name=mine"), (CardSpec{DefaultSoftCard{}, "mine"}));
}

TEST(CardSpec, NamesADatabaseAndCertificates) {
  EXPECT_EQ(spec("soft:db=/nss,cert=a,cert=b c,name=alice"),
            (CardSpec{SoftCard{"/nss", {"a", "b c"}}, "alice"}));
  EXPECT_EQ(spec("soft:db=sql:/n,,ss"), (CardSpec{SoftCard{"/n,ss", {}}, ""}));
}

TEST(CardSpec, NamesATokenOfADatabasesModules) {
  EXPECT_EQ(spec("nss:db=/nss"), (CardSpec{TokenCard{"/nss", std::nullopt}, ""}));
  EXPECT_EQ(spec("nss:db=/nss,slot=Soft*"), (CardSpec{TokenCard{"/nss", "Soft*"}, ""}));
}

TEST(CardSpec, NamesAReaderOfPcsc) {
  EXPECT_EQ(spec("pcsc"), (CardSpec{PcscCard{}, ""}));
  EXPECT_EQ(spec("pcsc:reader=Yubi*,share=exclusive,hold=30,name=key"),
            (CardSpec{PcscCard{.reader = "Yubi*",
                               .share = pcsc::Share::Exclusive,
                               .hold = std::chrono::seconds(30)},
                      "key"}));
  EXPECT_EQ(spec("pcsc,share=shared"), spec("pcsc:hold=0"));
}

TEST(CardSpec, HandsLibcacardsArgumentsOnVerbatim) {
  EXPECT_EQ(spec("libcacard:db=\"x\", soft=(,a,CAC,,b)"),
            (CardSpec{EmulatedCard{"db=\"x\", soft=(,a,CAC,,b)", {}}, ""}));
}

TEST(CardSpec, RefusesWhatIsNoCard) {
  EXPECT_EQ(refusal("hard"),
            "there is no card 'hard'; there are soft, soft:db=DIR,cert=NAME, nss:db=DIR, "
            "pcsc:reader=NAME, libcacard:ARGS");
  EXPECT_EQ(refusal("soft:db=/a,pin=1"),
            "--card soft has no key 'pin'; there are db, cert and name");
  EXPECT_EQ(refusal("soft:cert=a"), "--card soft with cert= needs the database, too: db=DIR");
  EXPECT_EQ(refusal("soft:db=/a,cert=x)"),
            "a certificate's nickname cannot have one of , ( ) \" in it: x)");
  EXPECT_EQ(
      refusal("nss:slot=a"),
      "--card nss needs the folder of the NSS database that names the PKCS#11 modules: db=DIR");
  EXPECT_EQ(refusal("pcsc:slot=a"),
            "--card pcsc has no key 'slot'; there are reader, share, hold and name");
  EXPECT_EQ(refusal("pcsc:share=mine"), "--card pcsc: share= is shared or exclusive, not 'mine'");
  for (const char* hold : {"", "-1", "31", "1s", "99999999999"}) {
    EXPECT_EQ(
        refusal((std::string("pcsc:hold=") + hold).c_str()),
        "--card pcsc: hold= is a number of seconds from 0 to 30, not '" + std::string(hold) + "'");
  }
  EXPECT_NE(refusal("soft:db"), "");
  EXPECT_NE(refusal(""), "");
}

TEST(Emulation, PutsTheFirstDatabaseIntoNssAndTheOthersIntoTokens) {
  const auto emulation = libcacard::emulation_of(
      {spec("soft:db=/a,cert=x,cert=y"), spec("soft:db=/b"), spec("soft:db=/c,cert=z")});
  ASSERT_TRUE(emulation);
  EXPECT_EQ(emulation->database, "/a");
  EXPECT_EQ(emulation->tokens,
            (std::vector<libcacard::Emulation::Token>{{"vscard1", "/b"}, {"vscard2", "/c"}}));
  EXPECT_EQ(emulation->arguments,
            "db=\"sql:/a\" use_hw=no soft=(,reader1,CAC,,x,y)"
            " soft=(vscard1,reader2,CAC,,vscard1:id,vscard1:sign,vscard1:enc)"
            " soft=(vscard2,reader3,CAC,,vscard2:z)");
  EXPECT_EQ(emulation->nicknames.at(2), std::vector<std::string>{"vscard2:z"});
}

TEST(Emulation, GivesTheDatabaseOfTheModulesToNss) {
  const auto emulation =
      libcacard::emulation_of({spec("soft:db=/a,cert=x"), spec("nss:db=/m"), spec("nss:db=/m")});
  ASSERT_TRUE(emulation);
  EXPECT_EQ(emulation->database, "/m");
  EXPECT_EQ(emulation->arguments,
            "db=\"sql:/m\" use_hw=removable soft=(vscard1,reader1,CAC,,vscard1:x)");
}

TEST(Emulation, KeepsLibcacardsWordsApart) {
  EmulatedCard card{"use_hw=no db=\"sql:/a\"", {"id", "sign"}};
  EXPECT_EQ(libcacard::emulation_of({{card, ""}})->arguments,
            "use_hw=no db=\"sql:/a\" soft=(,Virtual Reader,CAC,,id,sign)");
  card.arguments = "db=\"sql:/a\" use_hw=no";
  EXPECT_EQ(libcacard::emulation_of({{card, ""}})->arguments,
            "db=\"sql:/a\" use_hw=no soft=(,Virtual Reader,CAC,,id,sign)");
  card.arguments = "";
  EXPECT_EQ(libcacard::emulation_of({{card, ""}})->arguments,
            "db=\"/etc/pki/nssdb\" soft=(,Virtual Reader,CAC,,id,sign)");
  EXPECT_EQ(libcacard::emulation_of({{EmulatedCard{"nssemul", {}}, ""}})->arguments, "nssemul");
}

TEST(Emulation, RefusesWhatOneProcessCannotHave) {
  EXPECT_FALSE(libcacard::emulation_of({spec("libcacard:nssemul"), spec("soft:db=/a")}));
  EXPECT_FALSE(libcacard::emulation_of({spec("nss:db=/a"), spec("nss:db=/b")}));
  EXPECT_FALSE(libcacard::emulation_of({spec("soft:db=/a"), spec("soft:db=/a")}));
  EXPECT_FALSE(
      libcacard::emulation_of({spec("soft:db=/a"), spec("soft:db=/b"), spec("soft:db=/b")}));
}

TEST(Emulation, FindsTheDatabaseInLibcacardsArguments) {
  EXPECT_EQ(libcacard::database_in("use_hw=no db=\"sql:/a b\" soft=()"), "/a b");
  EXPECT_EQ(libcacard::database_in("db=\"/a\""), "/a");
  EXPECT_EQ(libcacard::database_in("db=\"/a"), "/a");
  EXPECT_EQ(libcacard::database_in("use_hw=no"), std::nullopt);
}

}  // namespace
}  // namespace vscard::cards
