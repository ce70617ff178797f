#include "certs-test/profiles.hpp"

#include <gtest/gtest.h>

namespace vscard::certs_test {
namespace {

using std::chrono::days;
using Words = std::vector<std::string>;

const Subject kAlice{.name = "Alice Adams", .address = "alice@corp.test", .folder = "alice-adams"};

/// 2026-11-27 12:00:00 UTC.
Calendar calendar(int valid_days) {
  return {.now = std::chrono::sys_seconds(std::chrono::seconds(1795780800)),
          .days = days(valid_days)};
}

bool encloses(const Validity& outer, const Validity& inner) {
  return outer.from <= inner.from && inner.to <= outer.to;
}

TEST(Calendar, KeepsAllCertificatesWithinTheAuthoritysTime) {
  for (const int valid_days : {1, 30, 36500}) {
    const Calendar times = calendar(valid_days);
    for (const Validity& validity : {times.good(), times.past(), times.future()}) {
      EXPECT_TRUE(encloses(times.authority(), validity)) << valid_days;
      EXPECT_LT(validity.from, validity.to) << valid_days;
    }
  }
}

TEST(Calendar, IsGoodADayBeforeAndAsLongAsWasAsked) {
  const Calendar times = calendar(30);
  EXPECT_EQ(times.now - times.good().from, days(1)) << "a guest's clock may be behind";
  EXPECT_EQ(times.good().to - times.now, days(30));
  EXPECT_LT(times.past().to, times.now);
  EXPECT_EQ(times.past().to, times.good().from);
  EXPECT_EQ(times.future().from, times.good().to) << "not valid as long as the good ones are";
}

TEST(Defects, HaveNames) {
  for (const auto& [defect, name] : kDefects) {
    EXPECT_EQ(name_of(defect), name);
    EXPECT_EQ(parse_defect(name), defect);
  }
  for (const char* other : {"", "all", "Expired", "expired ", "none"}) {
    EXPECT_EQ(parse_defect(other), std::nullopt) << other;
  }
}

TEST(Profiles, SayWhatACacsCertificatesSay) {
  const Calendar times = calendar(30);
  const Profile identity = identity_profile(kAlice, times);
  EXPECT_EQ(identity.common_name, "Alice Adams");
  EXPECT_FALSE(identity.authority);
  EXPECT_EQ(identity.key_usage, Words{"digitalSignature"});
  EXPECT_EQ(identity.extended_key_usage,
            (Words{"clientAuth", "msSmartcardLogin", "pkInitClientAuth"}));
  EXPECT_EQ(identity.alternative_names,
            (Words{"otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@CORP.TEST",
                   "otherName:1.3.6.1.5.2.2;SEQUENCE:principal", "email:alice@corp.test"}))
      << "Windows maps the first to an account, Kerberos the second, sssd the third";
  EXPECT_EQ(signing_profile(kAlice, times).extended_key_usage,
            (Words{"emailProtection", "codeSigning"}));
  EXPECT_EQ(signing_profile(kAlice, times).key_usage,
            (Words{"digitalSignature", "nonRepudiation"}));
  EXPECT_EQ(encryption_profile(kAlice, times, KeyKind::Rsa2048).key_usage,
            Words{"keyEncipherment"});
  EXPECT_EQ(encryption_profile(kAlice, times, KeyKind::P256).key_usage, Words{"keyAgreement"});
  const Profile authority = authority_profile("Test CA", times);
  EXPECT_TRUE(authority.authority);
  EXPECT_EQ(authority.key_usage, (Words{"keyCertSign", "cRLSign"}));
  EXPECT_TRUE(authority.alternative_names.empty());
}

TEST(BadProfiles, DifferFromTheGoodOneInTheirDefectAlone) {
  const Calendar times = calendar(30);
  const Profile good = identity_profile(kAlice, times);
  for (const auto& [defect, name] : kDefects) {
    const Profile bad = bad_identity_profile(defect, kAlice, times);
    const bool other_time = defect == Defect::Expired || defect == Defect::NotYetValid;
    const bool other_use = defect == Defect::WrongKeyUsage;
    EXPECT_EQ(bad.validity.from != good.validity.from, other_time) << name;
    EXPECT_EQ(bad.validity.to != good.validity.to, other_time) << name;
    EXPECT_EQ(bad.key_usage != good.key_usage, other_use) << name;
    EXPECT_EQ(bad.common_name, good.common_name) << name;
    const bool other_name = defect == Defect::WrongUpn;
    EXPECT_EQ(bad.extended_key_usage != good.extended_key_usage, defect == Defect::MissingEku)
        << name;
    EXPECT_EQ(bad.alternative_names != good.alternative_names, other_name) << name;
    EXPECT_EQ(bad.sections != good.sections, other_name) << name;
    EXPECT_EQ(bad.hash != good.hash, defect == Defect::WeakHash) << name;
  }
  EXPECT_EQ(bad_identity_profile(Defect::WrongUpn, kAlice, times).alternative_names,
            (Words{"otherName:1.3.6.1.4.1.311.20.2.3;UTF8:not-alice@CORP.TEST",
                   "otherName:1.3.6.1.5.2.2;SEQUENCE:principal", "email:alice@corp.test"}));
  EXPECT_LT(bad_identity_profile(Defect::Expired, kAlice, times).validity.to, times.now);
  EXPECT_GT(bad_identity_profile(Defect::NotYetValid, kAlice, times).validity.from, times.now);
  EXPECT_EQ(bad_identity_profile(Defect::WrongKeyUsage, kAlice, times).key_usage,
            Words{"nonRepudiation"});
}

}  // namespace
}  // namespace vscard::certs_test
