#include "cards/libcacard/fitness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::libcacard {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::sys_seconds kNow = std::chrono::sys_days(2026y / 11 / 28);

Certificate good() {
  Certificate it;
  it.subject = "Eva";
  it.key = {.kind = PublicKey::Kind::Rsa, .bits = 3072, .name = "RSA 3072"};
  it.key_presence = KeyPresence::Here;
  it.validity = {.from = kNow, .until = kNow};
  it.size = 4095;
  return it;
}

TEST(Fitness, HasNothingToSayOfAGoodOne) {
  EXPECT_THAT(troubles_at(0, good(), kNow), IsEmpty());
  EXPECT_THAT(defects_of(good()), IsEmpty());
  EXPECT_EQ(describe(good()), "Eva, RSA 3072, valid until 2026-11-28");
}

TEST(Fitness, NamesThePlacesOfACard) {
  EXPECT_EQ(place_name(0, {}), "identity");
  EXPECT_EQ(place_name(1, {}), "signing");
  EXPECT_EQ(place_name(2, {}), "encryption");
  EXPECT_EQ(place_name(3, {}), "certificate 4");
  EXPECT_EQ(place_name(1, {.signature = false, .non_repudiation = false}), "encryption")
      << "of a card without a key for signatures";
}

TEST(Fitness, KnowsWhyEachCannotWork) {
  using Key = PublicKey::Kind;
  const auto with = [](auto change) {
    Certificate it = good();
    change(it);
    return troubles_at(1, it, kNow);
  };
  EXPECT_THAT(with([](auto& it) { it.key.kind = Key::Ec; }), ElementsAre(HasSubstr("an EC key")));
  EXPECT_THAT(with([](auto& it) { it.key.kind = Key::RsaPss; }), ElementsAre(HasSubstr("RSA-PSS")));
  EXPECT_THAT(with([](auto& it) { it.key.kind = Key::Other; }),
              ElementsAre(HasSubstr("use an RSA")));
  EXPECT_THAT(with([](auto& it) { it.key.bits = 3073; }), ElementsAre(HasSubstr("than 3072 bits")));
  EXPECT_THAT(with([](auto& it) { it.key_presence = KeyPresence::Missing; }),
              ElementsAre(HasSubstr("its key is not there")));
  EXPECT_THAT(with([](auto& it) { it.key_presence = KeyPresence::Unknown; }), IsEmpty());
  EXPECT_THAT(with([](auto& it) { it.authority = true; }), ElementsAre(HasSubstr("of a CA")));
  EXPECT_THAT(with([](auto& it) { it.validity.until = kNow - 1s; }),
              ElementsAre("it expired on 2026-11-27; renew it"));
  EXPECT_THAT(with([](auto& it) { it.validity.from = kNow + 1s; }),
              ElementsAre(HasSubstr("not valid before 2026-11-28")));
  EXPECT_THAT(with([](auto& it) { it.size = 4096; }), ElementsAre(HasSubstr("it has 4096 bytes")));
}

TEST(Fitness, CountsAsADefectWhatNoDayMends) {
  Certificate it = good();
  it.validity.until = kNow - 1s;
  EXPECT_THAT(defects_of(it), IsEmpty());
  it.size = 4096;
  EXPECT_THAT(defects_of(it), ElementsAre(HasSubstr("it has 4096 bytes")));
}

TEST(Fitness, WantsASignatureOfTheIdentity) {
  Certificate encryption = good();
  encryption.usages = {.signature = false};
  EXPECT_THAT(troubles_at(0, encryption, kNow), ElementsAre(HasSubstr("allows no login")));
  EXPECT_THAT(troubles_at(2, encryption, kNow), IsEmpty());
  Certificate mail = good();
  mail.usages = {.login = Usages::Login::Excluded};
  EXPECT_THAT(troubles_at(0, mail, kNow), ElementsAre(HasSubstr("extended key usage allows no")));
  EXPECT_THAT(troubles_at(1, mail, kNow), IsEmpty());
}

}  // namespace
}  // namespace vscard::cards::libcacard
