#include "cards/files/places.hpp"

#include "tests/cards/certificates/made.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace vscard::cards::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using Extensions = std::vector<std::pair<std::string, std::string>>;

const Extensions kId{{"keyUsage", "digitalSignature"}, {"extendedKeyUsage", "clientAuth"}};
const Extensions kSign{{"keyUsage", "digitalSignature,nonRepudiation"},
                       {"extendedKeyUsage", "emailProtection"}};
const Extensions kEnc{{"keyUsage", "keyAgreement"}};
const Extensions kAny;

class FilePlaces : public testing::Test {
 protected:
  void add(const std::string& name, Extensions extensions,
           std::chrono::seconds until = std::chrono::hours(1)) {
    Key key(test::make_key().release());
    auto made = test::make_certificate(
        {.name = name, .extensions = std::move(extensions), .until = until}, *key);
    identities_.push_back({.key = std::move(key), .certificate = Certificate(made.release())});
  }

  /// The subjects by the numbers of their slots.
  std::map<int, std::string> places() {
    std::map<int, std::string> places;
    for (const Place& it : places_of(identities_, certificates::now(), lines_)) {
      places.emplace(static_cast<int>(it.slot), subject_of(*it.identity->certificate));
    }
    return places;
  }

  std::vector<Identity> identities_;
  std::vector<std::string> lines_;
};

TEST_F(FilePlaces, AreThoseOfTheUsagesWhateverTheOrder) {
  add("sign", kSign);
  add("id", kId);
  add("enc", kEnc);
  EXPECT_THAT(places(),
              ElementsAre(Pair(0x9a, "CN=id"), Pair(0x9c, "CN=sign"), Pair(0x9d, "CN=enc")));
}

TEST_F(FilePlaces, AreKeptByWhatHasExpired) {
  add("sign", kSign);
  add("id", kId, std::chrono::hours(-1));
  EXPECT_THAT(places(), ElementsAre(Pair(0x9a, "CN=id"), Pair(0x9c, "CN=sign")));
}

TEST_F(FilePlaces, StayFreeWhereNothingIsForThem) {
  add("enc", kEnc);
  EXPECT_THAT(places(), ElementsAre(Pair(0x9d, "CN=enc")));
  add("id", kId);
  EXPECT_THAT(places(), ElementsAre(Pair(0x9a, "CN=id"), Pair(0x9d, "CN=enc")));
}

TEST_F(FilePlaces, LetAsManySignAsTheyCan) {
  for (const char* name : {"a", "b", "c", "d"}) add(name, kId);
  EXPECT_THAT(places(), ElementsAre(Pair(0x82, "CN=d"), Pair(0x9a, "CN=a"), Pair(0x9c, "CN=b"),
                                    Pair(0x9d, "CN=c")));
}

TEST_F(FilePlaces, GoInTheOrderOfTheFilesIfNothingElseIsSaid) {
  for (const char* name : {"a", "b", "c", "d"}) add(name, kAny);
  add("e", kEnc);
  EXPECT_THAT(places(), ElementsAre(Pair(0x82, "CN=c"), Pair(0x83, "CN=d"), Pair(0x9a, "CN=a"),
                                    Pair(0x9c, "CN=b"), Pair(0x9d, "CN=e")));
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(FilePlaces, AreAtMostThoseOfACard) {
  for (int i = 0; i < 24; ++i) add("any", kAny);
  EXPECT_EQ(places().size(), 23);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("is left out: the card is full")));
}

TEST_F(FilePlaces, AreNotForKeysThatNoProgramUses) {
  add("id", kId);
  Key ed448(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
  auto& it = identities_.emplace_back();
  it.certificate =
      Certificate(test::make_certificate({.name = "other"}, *identities_[0].key).release());
  it.key = std::move(ed448);
  EXPECT_THAT(places(), ElementsAre(Pair(0x9a, "CN=id")));
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("is left out: a PIV card has RSA-2048")));
}

}  // namespace
}  // namespace vscard::cards::files
