#include "cards/libcacard/kinds.hpp"

#include "cards/kinds.hpp"
#include "cards/libcacard/card.hpp"
#include "cards/own/kind.hpp"

#include <gtest/gtest.h>

namespace vscard::cards::libcacard {
namespace {

Card card(std::string_view text) { return card_of(parse_card_spec(text).value()); }

std::string refusal(std::string_view text) {
  const auto parsed = parse_card_spec(text);
  return parsed ? "" : parsed.error().text;
}

TEST(SoftKind, IsTheUsersOwnCardUnlessItNamesADatabase) {
  for (const char* text : {"soft", "soft:name=mine", "soft,name=mine"}) {
    EXPECT_EQ(parse_card_spec(text)->kind, &own::kOwn) << text;
  }
}

TEST(SoftKind, NamesADatabaseAndCertificates) {
  EXPECT_EQ(card("soft:db=/nss,cert=a,cert=b c,name=alice"), Card(SoftCard{"/nss", {"a", "b c"}}));
  EXPECT_EQ(card("soft:db=sql:/n,,ss"), Card(SoftCard{"/n,ss", {}}));
  EXPECT_EQ(card("soft:db=/nss,cert=Adams,, Alice (a:b)"),
            Card(SoftCard{"/nss", {"Adams, Alice (a:b)"}}));
}

TEST(SoftKind, RefusesWhatItCannotBe) {
  EXPECT_EQ(refusal("soft:db=/a,pin=1"),
            "--card soft has no key 'pin'; there are db, cert, p12, pem, key, password-file, "
            "password-fd, as, name, record, record-secrets, fault and delay");
  EXPECT_EQ(refusal("soft:cert=a"), "--card soft with cert= also needs the database: db=DIR");
  EXPECT_EQ(refusal("soft:db="), "--card soft needs something after db=");
  EXPECT_EQ(refusal("soft:db=/a,cert=id,cert="), "--card soft needs something after cert=");
  EXPECT_EQ(refusal("nss:db=/a,slot="), "--card nss needs something after slot=");
}

TEST(NssKind, NamesATokenOfADatabasesModules) {
  EXPECT_EQ(card("nss:db=/nss"), Card(TokenCard{"/nss", std::nullopt}));
  EXPECT_EQ(card("nss:db=sql:/nss,slot=Soft*"), Card(TokenCard{"/nss", "Soft*"}));
  EXPECT_EQ(card("nss:db=/nss,cert=a"), Card(TokenCard{"/nss", std::nullopt, {"a"}}));
}

TEST(NssKind, RefusesWhatItCannotBe) {
  EXPECT_EQ(
      refusal("nss:slot=a"),
      "--card nss needs the folder of the NSS database that names the PKCS#11 modules: db=DIR");
  EXPECT_EQ(refusal("nss:pin=1"),
            "--card nss has no key 'pin'; there are db, slot, cert, name, record, record-secrets, "
            "fault and delay");
}

TEST(LibcacardKind, HandsItsArgumentsOnVerbatim) {
  EXPECT_EQ(card("libcacard:db=\"x\", soft=(,a,CAC,,b)"),
            Card(EmulatedCard{"db=\"x\", soft=(,a,CAC,,b)", {}}));
  EXPECT_EQ(card("libcacard"), Card(EmulatedCard{"", {}}));
}

TEST(LibcacardKind, TakesTheCertificatesOfItsOwnCommandLine) {
  const auto spec =
      make_card_spec("libcacard", {.head = "use_hw=no", .keys = {{"cert", "a"}, {"cert", "b"}}});
  EXPECT_EQ(card_of(spec.value()), Card(EmulatedCard{"use_hw=no", {"a", "b"}}));
}

TEST(LibcacardKinds, NameTheirCards) {
  EXPECT_EQ(kSoft.stem, "soft");
  EXPECT_EQ(kNss.stem, "token");
  EXPECT_EQ(kLibcacard.stem, "card");
  for (const Kind* kind : {&kSoft, &kNss, &kLibcacard}) {
    EXPECT_EQ(kind->presence, Kind::Presence::Always);
  }
}

}  // namespace
}  // namespace vscard::cards::libcacard
