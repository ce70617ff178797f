#include "cards/certificates/order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace vscard::cards::certificates {
namespace {

using testing::ElementsAre;
using Login = Usages::Login;

// As certs-test makes them, and such as say nothing.
constexpr Usages kId{.non_repudiation = false, .encryption = false, .login = Login::Named};
constexpr Usages kSign{.encryption = false, .login = Login::Excluded};
constexpr Usages kEnc{.signature = false, .non_repudiation = false, .login = Login::Excluded};
constexpr Usages kAny{};

std::vector<std::string> order(const std::vector<Candidate>& candidates) {
  constexpr std::array kRoles{"identity", "signing", "encryption", "other"};
  std::vector<std::string> order;
  for (const Placed& it : by_usage(candidates)) {
    order.push_back(std::to_string(it.index) + " " + kRoles.at(static_cast<std::size_t>(it.role)));
  }
  return order;
}

std::vector<std::string> order(const std::vector<Usages>& usages) {
  std::vector<Candidate> candidates;
  for (const Usages& it : usages) candidates.push_back({.usages = it});
  return order(candidates);
}

TEST(CertificateOrder, IsThatOfTheirUsages) {
  const std::vector<std::string> right{"2 identity", "1 signing", "0 encryption"};
  EXPECT_EQ(order({kEnc, kSign, kId}), right);
  EXPECT_THAT(order({kSign, kId, kEnc}), ElementsAre("1 identity", "0 signing", "2 encryption"));
}

TEST(CertificateOrder, LeavesAPlaceFreeForWhichThereIsNone) {
  EXPECT_THAT(order({kEnc, kId}), ElementsAre("1 identity", "0 encryption"));
  EXPECT_THAT(order({kEnc}), ElementsAre("0 encryption"));
  EXPECT_THAT(order(std::vector<Usages>{}), ElementsAre());
}

TEST(CertificateOrder, TakesASigningOneForLoginsIfThereIsNoOther) {
  EXPECT_THAT(order({kEnc, kSign}), ElementsAre("1 identity", "0 encryption"));
  EXPECT_THAT(order({kSign, kAny}), ElementsAre("1 identity", "0 signing"))
      << "one that is not excluded comes first";
}

// Of certs-test --bad wrong-key-usage: a login has to meet it.
TEST(CertificateOrder, BelievesAnExtendedUsageForLoginsBeforeOneForOtherThings) {
  constexpr Usages kWrong{.signature = false, .encryption = false, .login = Login::Named};
  EXPECT_THAT(order({kWrong, kSign, kEnc}), ElementsAre("0 identity", "1 signing", "2 encryption"));
  EXPECT_THAT(order({kWrong, kAny}), ElementsAre("1 identity", "0 signing"));
  constexpr Usages kEncryptsAndLogsIn{
      .signature = false, .non_repudiation = false, .login = Login::Named};
  EXPECT_THAT(order({kEncryptsAndLogsIn, kSign}), ElementsAre("1 identity", "0 encryption"));
}

TEST(CertificateOrder, KeepsThatOfThoseThatSayTheSame) {
  EXPECT_THAT(order({kAny, kAny, kAny, kAny}),
              ElementsAre("0 identity", "1 signing", "2 encryption", "3 other"));
  EXPECT_THAT(order({kAny, kAny, kEnc}), ElementsAre("0 identity", "1 signing", "2 encryption"));
  EXPECT_THAT(order({kId, kId}), ElementsAre("0 identity", "1 signing"));
}

TEST(CertificateOrder, LeavesAnExpiredOneItsPlace) {
  const std::vector<Candidate> expired{
      {.usages = kSign}, {.usages = kId, .valid = false}, {.usages = kEnc}};
  EXPECT_THAT(order(expired), ElementsAre("1 identity", "0 signing", "2 encryption"));
  const std::vector<Candidate> renewed{{.usages = kId, .valid = false}, {.usages = kId}};
  EXPECT_THAT(order(renewed), ElementsAre("1 identity", "0 signing"))
      << "of the same usages, the valid one";
}

TEST(CertificateOrder, SaysWhatOneIsAtItsPlace) {
  EXPECT_EQ(role_at(0, kId), Role::Identity);
  EXPECT_EQ(role_at(1, kSign), Role::Signing);
  EXPECT_EQ(role_at(2, kEnc), Role::Encryption);
  EXPECT_EQ(role_at(1, kEnc), Role::Encryption) << "beside an identity alone";
  EXPECT_EQ(role_at(0, kEnc), Role::Encryption);
  EXPECT_EQ(role_at(2, kId), Role::Other);
  EXPECT_EQ(role_at(3, kAny), Role::Other);
}

}  // namespace
}  // namespace vscard::cards::certificates
