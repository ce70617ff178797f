#include "cards/piv/key_pair.hpp"
#include "tests/cards/piv/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/rsa.h>

namespace vscard::cards::piv {
namespace {

using testing::EndsWith;
using testing::StartsWith;

const std::string kHash(64, '5');
const std::string kSign = "7c2482008120" + kHash;

/// A card that has a key of P-256 in the slot.
CardUser with_key(const std::string& slot, const std::string& policy = "") {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  const std::string data = policy.empty() ? "ac03800111" : "ac06800111aa01" + policy;
  EXPECT_THAT(user.send("004700" + slot, data), EndsWith("9000"));
  user.reset();
  return user;
}

std::string sign_in(CardUser& user, const std::string& slot) {
  const std::string answer = user.send("008711" + slot, kSign);
  return answer.substr(answer.size() - 4);
}

TEST(PivGenerate, GivesThePublicKeyThatTheSignaturesAreOf) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  const std::string made = user.send("0047009a", "ac03800111");
  ASSERT_THAT(made, StartsWith("7f4943864104"));
  EXPECT_EQ(user.verify("123456"), "9000");
  const std::string answer = user.send("0087119a", kSign);
  ASSERT_THAT(answer, StartsWith("7c"));
  const auto signature = fakes::from_hex(answer.substr(8, answer.size() - 12));
  const Pkey key = public_from_der(user.state().keys.at(Slot::Authentication).public_key);
  const PkeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  ASSERT_EQ(EVP_PKEY_verify_init(context.get()), 1);
  const auto hash = fakes::from_hex(kHash);
  EXPECT_EQ(EVP_PKEY_verify(context.get(), signature.data(), signature.size(), hash.data(), 32), 1);
}

TEST(PivGenerate, AsksForTheManagementKeyAndAKnownAlgorithm) {
  CardUser user;
  EXPECT_EQ(user.send("0047009a", "ac03800111"), "6982");
  EXPECT_EQ(user.manage(), "9000");
  for (const char* data :
       {"", "ac00", "ac03800106", "ac038001e0", "ac028001", "ad03800111", "ac0480020711",
        "ac06800111ab0102", "ac06800111aa0104", "ac0380011100", "ac06800111ac0101"}) {
    EXPECT_EQ(user.send("0047009a", data), "6a80") << data;
  }
  for (const char* slot : {"9b", "81", "96", "00", "80"}) {
    EXPECT_EQ(user.send(std::string("004700") + slot, "ac03800111"), "6a86") << slot;
  }
  EXPECT_EQ(user.send("0047019a", "ac03800111"), "6a86");
  EXPECT_EQ(user.disk().writes, 0);
}

TEST(PivGenerate, ThatIsNotStoredLeavesTheKeyBefore) {
  CardUser user = with_key("9e");
  const auto before = user.state().clone();
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_EQ(sign_in(user, "9e"), "9000");
  user.disk().fails_at = user.disk().writes;
  EXPECT_EQ(user.send("0047009e", "ac03800114"), "6581");
  EXPECT_EQ(user.state(), before);
  EXPECT_EQ(sign_in(user, "9e"), "9000");
}

TEST(PivGenerate, AnswersWithTheNewKeyAtOnce) {
  CardUser user = with_key("9e");
  EXPECT_EQ(sign_in(user, "9e"), "9000");
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_THAT(user.send("0047009e", "ac03800114"), EndsWith("9000"));
  EXPECT_EQ(sign_in(user, "9e"), "6a86") << "it is of P-384 now";
  EXPECT_THAT(user.send("0087149e", kSign), EndsWith("9000"));
}

TEST(PivPolicy, OnceAsksSinceTheReset) {
  CardUser user = with_key("9a");
  EXPECT_EQ(sign_in(user, "9a"), "6982");
  EXPECT_EQ(user.verify("000000"), "63c2");
  EXPECT_EQ(sign_in(user, "9a"), "6982");
  EXPECT_EQ(user.verify("123456"), "9000");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_in(user, "9a"), "9000");
  EXPECT_EQ(user.raw("0020ff80"), "9000");
  EXPECT_EQ(sign_in(user, "9a"), "6982");
  EXPECT_EQ(user.verify("123456"), "9000");
  user.reset();
  EXPECT_EQ(sign_in(user, "9a"), "6982");
}

TEST(PivPolicy, AlwaysAsksForEachUse) {
  CardUser user = with_key("9c");
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(user.send("00cb3fff", "5c017e").substr(0, 2), "7e") << "OpenSC asks in between";
  EXPECT_EQ(sign_in(user, "9c"), "9000");
  EXPECT_EQ(sign_in(user, "9c"), "6982");
  EXPECT_EQ(user.verify("123456"), "9000");
  EXPECT_EQ(user.send("0087119c", "7c00"), "6a80");
  EXPECT_EQ(sign_in(user, "9c"), "6982") << "a failed use is one, too";
  CardUser other = with_key("9a", "03");
  EXPECT_EQ(other.verify("123456"), "9000");
  EXPECT_EQ(sign_in(other, "9a"), "9000");
  EXPECT_EQ(sign_in(other, "9a"), "6982");
}

TEST(PivPolicy, NeverAsksForNothingAndIsNotSealed) {
  CardUser user = with_key("9e");
  EXPECT_EQ(sign_in(user, "9e"), "9000");
  EXPECT_TRUE(private_from_der(user.state().keys.at(Slot::CardAuthentication).content.view()));
  CardUser other = with_key("9a", "01");
  EXPECT_EQ(sign_in(other, "9a"), "9000");
  CardUser sealed = with_key("9e", "02");
  EXPECT_FALSE(private_from_der(sealed.state().keys.at(Slot::CardAuthentication).content.view()));
  EXPECT_EQ(sign_in(sealed, "9e"), "6982");
}

TEST(PivPolicy, OfAFileThatWasChangedDoesNotOpenTheKey) {
  const CardUser user = with_key("9c");
  for (const PinPolicy policy : {PinPolicy::Once, PinPolicy::Never}) {
    State state = user.state().clone();
    state.keys.at(Slot::Signature).policy = policy;
    CardUser changed(std::move(state));
    EXPECT_EQ(changed.verify("123456"), "9000");
    EXPECT_EQ(sign_in(changed, "9c"), "6f00");
  }
}

TEST(PivKeys, OutliveANewPinAndAnUnblockedOne) {
  CardUser user = with_key("9a");
  for (int i = 0; i < 3; ++i) user.verify("000000");
  EXPECT_EQ(
      user.send("002c0080", CardUser::padded_hex("12345678") + CardUser::padded_hex("777777")),
      "9000");
  EXPECT_EQ(user.verify("777777"), "9000");
  EXPECT_EQ(sign_in(user, "9a"), "9000");
}

TEST(PivUseOfAKey, RefusesWhatDoesNotFit) {
  CardUser user = with_key("9e");
  EXPECT_EQ(user.send("0087119a", kSign), "6a88") << "an empty slot";
  EXPECT_EQ(user.send("00871199", kSign), "6a88");
  EXPECT_EQ(user.send("0087079e", kSign), "6a86");
  for (const char* data :
       {"", "7c00", "7c028200", "7c0482008100", "7c0682008102555500", "7c048200800155",
        "7c0682008500", "7c08820081015585015500", "7c05820155810155", "7c058200870155"}) {
    EXPECT_EQ(user.send("0087119e", data), "6a80") << data;
  }
  EXPECT_EQ(user.send("0087119e", "7c2582008121" + kHash + "55"), "6a80") << "a hash too long";
  const std::string off_curve = "04" + std::string(128, '1');
  EXPECT_EQ(user.send("0087119e", "7c4582008541" + off_curve), "6a80");
  EXPECT_EQ(user.send("0087119e", "7c258200852102" + kHash), "6a80") << "compressed";
}

TEST(PivEcdh, GivesWhatTheOtherSideGets) {
  for (const char* algorithm : {"11", "14"}) {
    CardUser user;
    EXPECT_EQ(user.manage(), "9000");
    user.send("0047009d", std::string("ac038001") + algorithm);
    EXPECT_EQ(user.verify("123456"), "9000");
    const Pkey own = generate(*pair_algorithm(fakes::from_hex(algorithm)[0]));
    const auto numbers = public_template(*own);
    const auto point = Bytes(numbers).subspan(2);
    const std::size_t size = point.size();
    const std::array<std::uint8_t, 6> head{0x7c, static_cast<std::uint8_t>(size + 4), 0x82, 0,
                                           0x85, static_cast<std::uint8_t>(size)};
    const std::string answer = user.send(std::string("0087") + algorithm + "9d",
                                         fakes::to_hex(head) + fakes::to_hex(point));
    const Pkey card = public_from_der(user.state().keys.at(Slot::KeyManagement).public_key);
    const auto expected = agree(*own, Bytes(public_template(*card)).subspan(2));
    EXPECT_EQ(answer.substr(8), fakes::to_hex(expected->view()) + "9000");
  }
}

TEST(PivRsa, DoesTheBarePrivateOperation) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  const std::string made = user.send("0047009a", "ac03800107");
  ASSERT_THAT(made, StartsWith("7f4982010981820100"));
  ASSERT_THAT(made, EndsWith("82030100019000"));
  EXPECT_EQ(user.verify("123456"), "9000");
  const std::string block = "00" + std::string(510, '3');
  const std::string answer = user.send("0087079a", "7c820106820081820100" + block);
  ASSERT_THAT(answer, StartsWith("7c82010482820100"));
  const auto result = fakes::from_hex(answer.substr(16, 512));
  const Pkey key = public_from_der(user.state().keys.at(Slot::Authentication).public_key);
  const PkeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  ASSERT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING), 1);
  std::vector<std::uint8_t> back(256);
  std::size_t size = back.size();
  ASSERT_EQ(EVP_PKEY_encrypt(context.get(), back.data(), &size, result.data(), result.size()), 1);
  EXPECT_EQ(fakes::to_hex(back), block);
  EXPECT_EQ(user.send("0087079a", "7c820106820081820100" + std::string(512, 'f')), "6a80")
      << "above the modulus";
  EXPECT_EQ(user.send("0087079a", "7c8201058200818200ff" + std::string(510, '0')), "6a80");
}

TEST(PivImport, TakesAScalarOfACurve) {
  CardUser user;
  EXPECT_EQ(user.send("00fe119e", "0620" + kHash), "6982");
  EXPECT_EQ(user.manage(), "9000");
  EXPECT_EQ(user.send("00fe119e", "0620" + kHash), "9000");
  EXPECT_EQ(sign_in(user, "9e"), "9000");
  EXPECT_EQ(user.send("00fe149e", "0630" + std::string(96, '1')), "9000");
  EXPECT_THAT(user.send("0087149e", kSign), EndsWith("9000"));
  EXPECT_EQ(user.send("00fe119e", "0620" + std::string(64, 'f')), "6a80") << "above the order";
  EXPECT_EQ(user.send("00fe119e", "0620" + std::string(64, '0')), "6a80");
  EXPECT_EQ(user.send("00fe119e", "061f" + kHash.substr(2)), "6a80");
  EXPECT_EQ(user.send("00fe119e", "0620" + kHash + "ab0102"), "6a80") << "a touch";
  EXPECT_EQ(user.send("00fee19e", "0620" + kHash), "6a86");
  EXPECT_EQ(user.send("00fe119b", "0620" + kHash), "6a86");
  EXPECT_EQ(user.send("00f99e00"), "6a88") << "the card did not make it";
}

constexpr std::size_t kPart = 131;  ///< bytes: tag, 81 80, 128 bytes

/// 01 p, 02 q, 03, 04, 05 of a key that OpenSSL made.
std::string rsa_parts(const EVP_PKEY& key) {
  std::string parts;
  std::uint8_t tag = 1;
  for (const char* name :
       {"rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2", "rsa-coefficient1"}) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(&key, name, &number);
    const BigNumber owned(number);
    std::vector<std::uint8_t> part{tag++, 0x81, 0x80};
    part.resize(3 + 128);
    BN_bn2binpad(number, part.data() + 3, 128);
    parts += fakes::to_hex(part);
  }
  return parts;
}

TEST(PivImport, TakesThePartsOfAnRsaKeyIfTheyBelongTogether) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  const Pkey key = generate(Algorithm::Rsa2048);
  const std::string parts = rsa_parts(*key);
  EXPECT_EQ(user.send("00fe0784", parts), "9000");
  const Pkey kept = public_from_der(user.state().keys.at(static_cast<Slot>(0x84)).public_key);
  EXPECT_EQ(EVP_PKEY_eq(kept.get(), key.get()), 1);
  EXPECT_EQ(user.send("00fe0584", parts), "6a80") << "not 3072 bits";
  EXPECT_EQ(user.send("00fe0784", parts.substr(0, 8 * kPart)), "6a80");
  for (const std::size_t part : {0U, 1U, 2U, 3U, 4U}) {
    std::string other = parts;
    char& digit = other[part * 2 * kPart + 100];
    digit = digit == '1' ? '2' : '1';
    EXPECT_EQ(user.send("00fe0784", other), "6a80") << part;
  }
}

}  // namespace
}  // namespace vscard::cards::piv
