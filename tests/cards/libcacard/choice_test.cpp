#include "cards/libcacard/choice.hpp"

#include "cards/libcacard/order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::libcacard {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::chrono::sys_seconds kNow = std::chrono::sys_days(2026y / 11 / 28);

Certificate certificate(const std::string& nickname, const std::string& serial) {
  Certificate it;
  it.nickname = nickname;
  it.subject = "Eva";
  it.serial = serial;
  it.sha1 = "AA" + serial;
  it.sha256 = "BB" + serial;
  it.id = "CC" + serial;
  it.key = {.kind = PublicKey::Kind::Rsa, .bits = 2048, .name = "RSA 2048"};
  it.key_presence = KeyPresence::Here;
  it.validity = {.from = kNow - 24h, .until = kNow + 24h};
  return it;
}

Certificate with_usages(Certificate it, Usages usages) {
  it.usages = usages;
  return it;
}

Certificate without_key(Certificate it) {
  it.key_presence = KeyPresence::Missing;
  return it;
}

Collection collection(std::vector<Certificate> certificates) {
  return {.place = "the database in /a",
          .label = "NSS Certificate DB",
          .certificates = std::move(certificates)};
}

/// The serial number of the one that is chosen, or the line for the user.
std::string chosen(const Collection& from, const std::string& word) {
  const auto it = choose(from, word, kNow);
  return it ? it->serial : it.error().text;
}

TEST(Choice, TakesNicknameAddressUriSerialAndFingerprint) {
  auto eva = certificate("Adams, Eva (a:b)", "0A0B");
  eva.addresses = {"eva@corp.test"};
  const auto from = collection({certificate("other", "01"), eva});
  for (const std::string word :
       {"Adams, Eva (a:b)", "NSS Certificate DB:Adams, Eva (a:b)", "Eva@corp.test", "0a0b", "a:0b",
        "00:0A:0B", "AA0A0B", "bb:0a:0b", "pkcs11:id=%CC%0A%0B",
        "pkcs11:token=NSS%20Certificate%20DB;object=Adams,%20Eva%20(a:b)"}) {
    EXPECT_EQ(chosen(from, word), "0A0B") << word;
  }
}

TEST(Choice, RefusesWhatNamesNoneAndListsWhatThereIs) {
  const auto from = collection({certificate("b", "01"), certificate("a", "02")});
  const std::string there = " in the database in /a; it has a, b";
  EXPECT_EQ(chosen(from, "B"), "there is no certificate 'B'" + there);
  for (const std::string word : {"pkcs11:token=x;object=a", "pkcs11:id=%01", "", "0"})
    EXPECT_THAT(chosen(from, word), HasSubstr(there)) << word;
  EXPECT_EQ(chosen(from, "pkcs11:=;"), "not a pkcs11: URI as in RFC 7512: pkcs11:=;");
}

TEST(Choice, ListsTheCandidatesOfOneNicknameAsWordsForCert) {
  const auto from = collection(
      {with_usages(certificate("Eva", "01"), {.signature = false, .non_repudiation = false}),
       with_usages(certificate("Eva", "02"), {.encryption = false, .login = Usages::Login::Named}),
       without_key(certificate("Eva", "03"))});
  EXPECT_EQ(chosen(from, "Eva"),
            "'Eva' names several certificates in the database in /a; use one of these: "
            "cert=02 (Eva, RSA 2048, valid until 2026-11-29; login, documents) or "
            "cert=01 (Eva, RSA 2048, valid until 2026-11-29; encryption)");
  EXPECT_EQ(chosen(from, "02"), "02");
}

TEST(Choice, ListsFingerprintsWhereSerialsAreTheSame) {
  auto other = certificate("Eva", "01");
  other.sha256 = "DD01";
  other.id = "EE";
  const auto from = collection({certificate("Eva", "01"), other});
  EXPECT_THAT(chosen(from, "Eva"), HasSubstr("cert=BB01 ("));
  EXPECT_THAT(chosen(from, "Eva"), HasSubstr("cert=DD01 ("));
  EXPECT_EQ(choose(from, "DD01", kNow).value(), other);
}

TEST(Choice, PrefersTheOneWithItsKeyThenTheValidOneThenTheNewest) {
  auto expired = certificate("Eva", "02");
  expired.validity.until = kNow - 1h;
  auto newest = certificate("Eva", "03");
  newest.validity.until = kNow + 48h;
  newest.id = "CC01";
  const auto from = collection(
      {without_key(certificate("Eva", "04")), expired, certificate("Eva", "01"), newest});
  EXPECT_EQ(chosen(from, "Eva"), "03");
  EXPECT_EQ(chosen(from, "02"), "02") << "it is named alone";
}

/// The serial numbers, in the order of the card.
std::vector<std::string> in_order(const std::vector<Certificate>& certificates) {
  std::vector<std::string> serials;
  const auto ordered = choose_by_usage(collection(certificates), kNow);
  if (!ordered) return {ordered.error().text};
  for (const Certificate& it : *ordered) serials.push_back(it.serial);
  return serials;
}

constexpr Usages kEncryption{.signature = false, .non_repudiation = false};
constexpr Usages kDocuments{.encryption = false};
constexpr Usages kLogin{
    .non_repudiation = false, .encryption = false, .login = Usages::Login::Named};

TEST(Choice, OrdersByUsage) {
  auto authority = certificate("ca", "09");
  authority.authority = true;
  EXPECT_EQ(in_order({with_usages(certificate("a", "03"), kEncryption), authority,
                      without_key(certificate("x", "08")),
                      with_usages(certificate("b", "02"), kDocuments),
                      with_usages(certificate("c", "01"), kLogin), certificate("d", "04")}),
            (std::vector<std::string>{"01", "02", "03", "04"}));
}

TEST(Choice, LeavesAnExpiredOrEarlyOneItsPlace) {
  auto bad = with_usages(certificate("z", "01"), kLogin);
  const auto sign = with_usages(certificate("b", "02"), kDocuments);
  const auto enc = with_usages(certificate("a", "03"), kEncryption);
  bad.validity.until = kNow - 1s;
  EXPECT_EQ(in_order({sign, bad, enc}), (std::vector<std::string>{"01", "02", "03"}));
  bad.validity = {.from = kNow + 1s, .until = kNow + 24h};
  EXPECT_EQ(in_order({sign, bad, enc}), (std::vector<std::string>{"01", "02", "03"}));
}

TEST(Choice, PrefersAValidOneOfTheSameUsages) {
  auto expired = with_usages(certificate("a", "02"), kLogin);
  expired.validity.until = kNow - 1s;
  EXPECT_EQ(in_order({expired, with_usages(certificate("b", "01"), kLogin)}).front(), "01");
}

TEST(Choice, PutsWhatCannotWorkBehindWhatCan) {
  auto elliptic = with_usages(certificate("a", "02"), kLogin);
  elliptic.key = {.kind = PublicKey::Kind::Ec, .bits = 0, .name = "EC P-256"};
  EXPECT_EQ(in_order({elliptic, with_usages(certificate("b", "01"), kLogin)}),
            (std::vector<std::string>{"01", "02"}));
  EXPECT_EQ(in_order({elliptic}), std::vector<std::string>{"02"});
  auto large = with_usages(certificate("a", "03"), kLogin);
  large.size = 4096;
  EXPECT_EQ(in_order({large, elliptic, with_usages(certificate("c", "04"), kEncryption)}),
            (std::vector<std::string>{"04", "02", "03"}));
}

// openssl req -x509 makes it a CA's, too.
TEST(Choice, TakesACertificateThatIssuedItselfIfThereIsNoOther) {
  auto own = certificate("me", "01");
  own.authority = true;
  EXPECT_EQ(in_order({own}), std::vector<std::string>{"01"});
  EXPECT_EQ(in_order({own, certificate("a", "02")}), std::vector<std::string>{"02"});
}

TEST(Choice, NeedsACertificateWithItsKey) {
  EXPECT_THAT(in_order({without_key(certificate("a", "01"))}).at(0),
              HasSubstr("no certificate in the database in /a has its key; it has a; import"));
}

}  // namespace
}  // namespace vscard::cards::libcacard
