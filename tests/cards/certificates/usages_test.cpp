#include "cards/certificates/usages.hpp"

#include "cards/certificates/x509.hpp"
#include "tests/cards/certificates/made.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace vscard::cards::certificates {
namespace {

using namespace std::chrono_literals;
using Login = Usages::Login;

Usages usages(std::vector<std::pair<std::string, std::string>> extensions) {
  return usages_of(*test::make_certificate({.name = "x", .extensions = std::move(extensions)}));
}

TEST(CertificateUsages, AreAllWithoutTheExtensions) { EXPECT_EQ(usages({}), Usages{}); }

TEST(CertificateUsages, AreThoseOfTheKey) {
  EXPECT_EQ(usages({{"keyUsage", "digitalSignature"}}),
            (Usages{.non_repudiation = false, .encryption = false}));
  EXPECT_EQ(usages({{"keyUsage", "nonRepudiation"}}),
            (Usages{.signature = false, .encryption = false}));
  for (const char* encryption : {"keyEncipherment", "dataEncipherment", "keyAgreement"}) {
    const Usages found = usages({{"keyUsage", encryption}});
    EXPECT_EQ(found, (Usages{.signature = false, .non_repudiation = false})) << encryption;
    EXPECT_TRUE(only_encrypts(found));
  }
}

TEST(CertificateUsages, SayWhetherTheyAreForALogin) {
  for (const char* login :
       {"clientAuth", "msSmartcardLogin", "pkInitClientAuth", "emailProtection,clientAuth"}) {
    EXPECT_EQ(usages({{"extendedKeyUsage", login}}).login, Login::Named) << login;
  }
  EXPECT_EQ(usages({{"extendedKeyUsage", "emailProtection"}}).login, Login::Excluded);
  EXPECT_EQ(usages({{"extendedKeyUsage", "anyExtendedKeyUsage"}}).login, Login::Unsaid);
}

TEST(CertificateUsages, GiveTheReasonAgainstALogin) {
  EXPECT_EQ(trouble_with_login({}), std::nullopt);
  EXPECT_EQ(trouble_with_login({.signature = false}),
            "its key usage allows no login (digitalSignature is missing)");
  EXPECT_EQ(trouble_with_login({.login = Login::Excluded}),
            "its extended key usage allows no login (clientAuth or smart card logon is missing)");
}

TEST(CertificateValidity, IsReadToTheSecond) {
  const auto now = certificates::now();
  const auto made = test::make_certificate({.name = "x", .from = -1h, .until = 1h});
  const Validity validity = validity_of(*made);
  EXPECT_EQ(validity.until - validity.from, 2h);
  EXPECT_LE(std::chrono::abs(validity.from - (now - 1h)), 60s);
  EXPECT_TRUE(is_valid_at(validity, validity.from));
  EXPECT_TRUE(is_valid_at(validity, validity.until));
  EXPECT_FALSE(is_valid_at(validity, validity.from - 1s));
  EXPECT_FALSE(is_valid_at(validity, validity.until + 1s));
}

TEST(CertificateValidity, HasAReasonAndWhatHelps) {
  const std::chrono::sys_seconds day = std::chrono::sys_days(2026y / 11 / 28);
  const Validity validity{.from = day, .until = day};
  EXPECT_EQ(trouble_with_time(validity, day), std::nullopt);
  EXPECT_EQ(trouble_with_time(validity, day + 1s), "it expired on 2026-11-28; renew it");
  EXPECT_EQ(trouble_with_time(validity, day - 1s),
            "it is not valid before 2026-11-28; check this machine's clock");
}

}  // namespace
}  // namespace vscard::cards::certificates
