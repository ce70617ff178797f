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
  it.not_before = kNow;
  it.not_after = kNow;
  it.size = 4095;
  return it;
}

TEST(Fitness, HasNothingToSayOfAGoodOne) {
  EXPECT_THAT(troubles_of(good(), kNow), IsEmpty());
  EXPECT_EQ(describe(good()), "Eva, RSA 3072, valid until 2026-11-28");
}

TEST(Fitness, NamesThePlacesOfACard) {
  EXPECT_EQ(place_name(0), "identity");
  EXPECT_EQ(place_name(2), "encryption");
  EXPECT_EQ(place_name(3), "certificate 4");
}

TEST(Fitness, KnowsWhyEachCannotWork) {
  using Key = PublicKey::Kind;
  const auto with = [](auto change) {
    Certificate it = good();
    change(it);
    return troubles_of(it, kNow);
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
  EXPECT_THAT(with([](auto& it) { it.not_after = kNow - 1s; }),
              ElementsAre("it expired on 2026-11-27; renew it"));
  EXPECT_THAT(with([](auto& it) { it.not_before = kNow + 1s; }),
              ElementsAre(HasSubstr("not valid before 2026-11-28")));
  EXPECT_THAT(with([](auto& it) { it.size = 4096; }), ElementsAre(HasSubstr("it has 4096 bytes")));
}

TEST(Fitness, WantsASignatureOfTheIdentity) {
  Certificate encryption = good();
  encryption.usages = {.signature = false};
  EXPECT_THAT(troubles_at(0, encryption, kNow), ElementsAre(HasSubstr("allows no login")));
  EXPECT_THAT(troubles_at(2, encryption, kNow), IsEmpty());
}

}  // namespace
}  // namespace vscard::cards::libcacard
