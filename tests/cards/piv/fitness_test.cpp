#include "cards/piv/fitness.hpp"

#include "cards/certificates/validity.hpp"
#include "cards/piv/contents.hpp"
#include "tests/cards/certificates/made.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vscard::cards::piv {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

std::vector<std::string> troubles(Slot slot, const test::Wanted& wanted) {
  return troubles_at(slot, *test::make_certificate(wanted), certificates::now());
}

TEST(PivFitness, HasNothingToSayOfAGoodOne) {
  EXPECT_THAT(troubles(Slot::Authentication, {.name = "A"}), IsEmpty());
  EXPECT_THAT(troubles(Slot::Authentication,
                       {.name = "A", .extensions = {{"extendedKeyUsage", "clientAuth"}}}),
              IsEmpty());
  EXPECT_THAT(troubles(Slot::Signature,
                       {.name = "A", .extensions = {{"extendedKeyUsage", "emailProtection"}}}),
              IsEmpty())
      << "a login is for 9A";
}

TEST(PivFitness, KnowsWhyEachCannotBeUsed) {
  EXPECT_THAT(troubles(Slot::Signature, {.name = "A", .until = -1h}),
              ElementsAre(HasSubstr("it expired on ")));
  EXPECT_THAT(troubles(Slot::Signature, {.name = "A", .from = 1h}),
              ElementsAre(HasSubstr("it is not valid before ")));
  EXPECT_THAT(troubles(Slot::Authentication,
                       {.name = "A", .extensions = {{"extendedKeyUsage", "emailProtection"}}}),
              ElementsAre(HasSubstr("extended key usage allows no login")));
  EXPECT_THAT(
      troubles(Slot::Authentication, {.name = "A", .extensions = {{"keyUsage", "keyAgreement"}}}),
      ElementsAre(HasSubstr("digitalSignature is missing")));
}

/// A certificate of this size in DER, or a few bytes more.
test::MadeCertificate of_size(int size, EVP_PKEY& key) {
  for (int padding = 1;;) {
    std::string value = "DER";
    for (int i = 0; i < padding; ++i) value += ":05";
    auto made = test::make_certificate({.name = "A", .extensions = {{"1.2.3.4", value}}}, key);
    const int missing = size - i2d_X509(made.get(), nullptr);
    if (missing <= 0) return made;
    padding += missing;
  }
}

TEST(PivFitness, KnowsTheLimitsOfSizes) {
  const auto key = test::make_key();
  const auto small = of_size(3000, *key);
  EXPECT_THAT(troubles_at(Slot::Signature, *small, certificates::now()), IsEmpty());
  const auto large = of_size(3100, *key);
  EXPECT_THAT(
      troubles_at(Slot::Signature, *large, certificates::now()),
      ElementsAre(MatchesRegex("its certificate has 31.. bytes, and yubico-piv-tool reads at "
                               "most 3059; have it .*")));
  EXPECT_EQ(unfit(*large, *key), std::nullopt);
  EXPECT_THAT(unfit(*of_size(int{kMaxCertificate} + 1, *key), *key).value_or(""),
              HasSubstr("an object of the card has at most 16368"));
}

TEST(PivFitness, TellsOfEachOnTheCardWithTheUsualPlacesFirst) {
  std::vector<KeyAndCertificate> keys;
  for (const Slot slot : {Slot::FirstRetired, Slot::Signature}) {
    Pkey key(test::make_key().release());
    const auto made = test::make_certificate({.name = "Alice", .until = -1h}, *key);
    std::vector<std::uint8_t> der(static_cast<std::size_t>(i2d_X509(made.get(), nullptr)));
    unsigned char* out = der.data();
    i2d_X509(made.get(), &out);
    keys.push_back({.key = std::move(key), .certificate = std::move(der), .slot = slot});
  }
  State state = make_card(card_for(keys));
  ASSERT_TRUE(put_keys(state, keys));
  std::vector<std::string> lines;
  const auto add = [&lines](const std::string& line) { lines.push_back(line); };
  report("c", state, {.tell = add, .warn = add});
  EXPECT_THAT(lines, ElementsAre(MatchesRegex("c: 9C: CN=Alice, P-256, valid until 2.*"),
                                 MatchesRegex("c: 9C: it expired on .*"),
                                 MatchesRegex("c: 82: CN=Alice, P-256, valid until 2.*"),
                                 MatchesRegex("c: 82: it expired on .*")));
  state.objects[Tag::SignatureCertificate] = {0x70, 0x01, 0x00};
  lines.clear();
  report("c", state, {.tell = add, .warn = add});
  EXPECT_EQ(lines.front(), "c: 9C: a certificate that cannot be read here");
}

}  // namespace
}  // namespace vscard::cards::piv
