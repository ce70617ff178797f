#include "cards/pkcs11/renewal.hpp"

#include "cards/piv/contents.hpp"
#include "cards/piv/factory.hpp"
#include "tests/cards/certificates/made.hpp"
#include "tests/cards/pkcs11/fake_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::pkcs11 {
namespace {

using piv::Slot;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::uint8_t> to_der(X509& certificate) {
  std::vector<std::uint8_t> der(static_cast<std::size_t>(i2d_X509(&certificate, nullptr)));
  unsigned char* out = der.data();
  i2d_X509(&certificate, &out);
  return der;
}

class TokenRenewal : public testing::Test {
 protected:
  TokenRenewal() {
    put("first", 1);
    open();
  }

  void put(const std::string& name, std::uint8_t id) {
    fake.certificates.push_back(
        {.der = to_der(*test::make_certificate({.name = name}, *key)), .id = id});
  }
  void open() {
    Token token = Token::open(fake.module(), 0).value();
    auto contents = look_into(token, uri()).value();
    auto shown = show(contents, token, "card", options()).value();
    state = piv::make_card(piv::card_for(shown.contents));
    piv::put_keys(*state, shown.contents, piv::Custody::Holder).value();
    keys.emplace(std::move(token), std::move(shown.keys), options().warn);
    renewal.emplace("card", uri(), options(), std::move(contents.read));
    told.clear();
  }
  static Uri uri() { return Uri::parse("pkcs11:").value(); }
  OpenOptions options() {
    return {.tell = [this](const std::string& line) { told.push_back(line); },
            .warn = [this](const std::string& line) { warned.push_back(line); }};
  }
  auto renew() { return (*renewal)(*state, *keys); }

  FakeToken fake;
  test::MadeKey key = test::make_key();
  std::vector<std::string> told, warned;
  std::optional<piv::State> state;
  std::optional<TokenKeys> keys;
  std::optional<Renewal> renewal;
};

TEST_F(TokenRenewal, LeavesACardAloneWhoseTokenIsTheSame) {
  EXPECT_EQ(renew(), std::nullopt);
  EXPECT_THAT(told, IsEmpty());
  EXPECT_THAT(warned, IsEmpty());
}

TEST_F(TokenRenewal, ShowsTheNewCertificateAndHasItsKey) {
  fake.certificates.clear();
  put("second", 2);
  const auto next = renew();
  ASSERT_TRUE(next);
  EXPECT_THAT(told, ElementsAre("card: the certificates of the token 'fake' have changed",
                                HasSubstr("card: 9A: CN=second, P-256")));
  EXPECT_NE(next->objects, state->objects);
  EXPECT_NE(next->serial, state->serial) << "programs cache by it";
  EXPECT_EQ(renew(), std::nullopt) << "it has not changed since";
}

TEST_F(TokenRenewal, HasTheKeyThatTheNewIdNames) {
  keys->verify(std::vector<std::uint8_t>(fake.pin.begin(), fake.pin.end()));
  const auto sign = [this] {
    return keys->use(Slot::Authentication, piv::KeyHolder::Use::Sign, std::vector<std::uint8_t>(32))
        .has_value();
  };
  EXPECT_TRUE(sign());
  fake.certificates.front().id = 2;  // of which the token has no key
  ASSERT_TRUE(renew());
  EXPECT_FALSE(sign());
}

TEST_F(TokenRenewal, KeepsTheCardWhenTheTokenShowsNothingOrCannotBeRead) {
  fake.certificates.clear();
  EXPECT_EQ(renew(), std::nullopt);
  EXPECT_THAT(warned, ElementsAre("card: the card stays as it was: the token 'fake' has no key "
                                  "that a PIV card can show"));
  warned.clear();
  fake.find_fails = CKR_DEVICE_ERROR;
  EXPECT_EQ(renew(), std::nullopt);
  EXPECT_THAT(warned, ElementsAre(HasSubstr("card: the card stays as it was: the token 'fake' "
                                            "cannot be read: ")));
  fake.find_fails = CKR_OK;
  put("third", 1);
  EXPECT_TRUE(renew()) << "it is looked for again";
}

}  // namespace
}  // namespace vscard::cards::pkcs11
