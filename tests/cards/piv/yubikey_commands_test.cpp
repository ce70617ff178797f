#include "cards/piv/key_pair.hpp"
#include "cards/piv/openssl.hpp"
#include "tests/cards/piv/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::piv {
namespace {

using testing::EndsWith;
using testing::StartsWith;

std::string blocked_reference(const char* header) {
  return CardUser::padded_hex("99999999") +
         (header[3] == 'c' ? CardUser::padded_hex("111111") : "");
}

Certificate certificate_in(const std::string& hex, std::size_t skip) {
  const auto bytes = fakes::from_hex(hex);
  const std::uint8_t* in = bytes.data() + skip;
  return Certificate(d2i_X509(nullptr, &in, static_cast<long>(bytes.size() - skip)));
}

TEST(PivVersion, AndSerialAreThere) {
  CardUser user;
  EXPECT_EQ(user.raw("00fd000000"), "0507019000");
  const std::string serial = user.raw("00f8000000");
  EXPECT_EQ(serial.size(), 12U);
  EXPECT_EQ(user.raw("00f8000000"), serial);
}

TEST(PivMetadata, SaysWhatThereIs) {
  CardUser user;
  EXPECT_EQ(user.raw("00f7009b00"), "010103020200010501019000")
      << "as yubico-piv-tool 2.7.1 reads it";
  EXPECT_EQ(user.raw("00f7008000"), "0101ff050101060203039000");
  EXPECT_EQ(user.verify("000000"), "63c2");
  EXPECT_EQ(user.raw("00f7008000"), "0101ff050101060203029000");
  user.send("00240080", CardUser::padded_hex("123456") + CardUser::padded_hex("654321"));
  EXPECT_EQ(user.raw("00f7008000"), "0101ff050100060203039000");
  EXPECT_EQ(user.raw("00f7008100"), "0101ff050101060203039000");
  EXPECT_EQ(user.raw("00f7009a00"), "6a88");
  EXPECT_EQ(user.raw("00f7019a00"), "6a86");
  EXPECT_EQ(user.manage(), "9000");
  user.send("0047009a", "ac03800111");
  EXPECT_THAT(user.send("00f7009a"), StartsWith("010111020202010301010443864104"));
  EXPECT_EQ(user.send("00ffffff", "0c9b20" + std::string(64, 'a')), "9000");
  EXPECT_EQ(user.raw("00f7009b00"), "01010c020200010501009000");
}

TEST(PivAttestation, IsSignedByTheCardsOwnKey) {
  CardUser user;
  EXPECT_EQ(user.send("00f99a00"), "6a88");
  EXPECT_EQ(user.manage(), "9000");
  user.send("0047009a", "ac03800107");
  const std::string answer = user.send("00f99a00");
  ASSERT_THAT(answer, EndsWith("9000"));
  const Certificate made = certificate_in(answer, 0);
  const Certificate issuer = certificate_in(user.send("00cb3fff", "5c035fff01"), 8);
  ASSERT_TRUE(made && issuer);
  EXPECT_EQ(X509_verify(made.get(), X509_get0_pubkey(issuer.get())), 1);
  EXPECT_EQ(X509_verify(issuer.get(), X509_get0_pubkey(issuer.get())), 1);
  const Pkey key = public_from_der(user.state().keys.at(Slot::Authentication).public_key);
  EXPECT_EQ(EVP_PKEY_eq(X509_get0_pubkey(made.get()), key.get()), 1);
  EXPECT_EQ(user.send("00f99a01"), "6a86");
  EXPECT_EQ(user.send("00db3fff", "5c035fff01530370017f"), "9000");
  EXPECT_EQ(user.send("00f99a00"), "6f00") << "the issuer's certificate is none";
  EXPECT_EQ(user.send("00db3fff", "5c035fff015300"), "9000");
  EXPECT_EQ(user.send("00f99a00"), "6a88");
}

TEST(PivReset, NeedsBothBlockedAndGivesANewCard) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  user.send("0047009e", "ac03800111");
  const std::string chuid = user.send("00cb3fff", "5c035fc102");
  const std::string serial = user.raw("00f8000000");
  EXPECT_EQ(user.raw("00fb0000"), "6985");
  for (int i = 0; i < 3; ++i) user.verify("000000");
  EXPECT_EQ(user.raw("00fb0000"), "6985");
  for (int i = 0; i < 3; ++i) user.send("002c0080", blocked_reference("002c0080"));
  EXPECT_EQ(user.raw("00fb0100"), "6a86");
  user.disk().fails_at = user.disk().writes;
  EXPECT_EQ(user.raw("00fb0000"), "6581");
  EXPECT_EQ(user.raw("00200080"), "6983");
  EXPECT_EQ(user.raw("00fb0000"), "9000");
  EXPECT_EQ(user.raw("00200080"), "63c3");
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(user.send("0087119e", "7c0582008101ff"), "6a88") << "its keys are gone";
  EXPECT_EQ(user.send("00db3fff", "5c035fff10530101"), "6982") << "it was powered anew";
  EXPECT_NE(user.send("00cb3fff", "5c035fc102"), chuid);
  EXPECT_EQ(user.raw("00f8000000"), serial);
}

}  // namespace
}  // namespace vscard::cards::piv
