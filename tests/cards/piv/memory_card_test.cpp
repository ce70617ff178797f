#include "cards/piv/memory_card.hpp"

#include "cards/piv/attestation.hpp"
#include "cards/piv/key_pair.hpp"
#include "tests/cards/piv/card_user.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::piv {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

SecretBytes pin(std::string_view text) {
  auto bytes = SecretBytes::with_capacity(text.size());
  for (const char c : text) bytes.push_back(static_cast<std::uint8_t>(c));
  return bytes;
}

KeyAndCertificate with_certificate(Pkey key) {
  KeyAndCertificate made{.key = std::move(key), .certificate = {}};
  made.certificate = attestation_authority(*made.key);
  return made;
}

std::vector<KeyAndCertificate> keys_of(std::initializer_list<Algorithm> algorithms) {
  std::vector<KeyAndCertificate> keys;
  for (const Algorithm it : algorithms) keys.push_back(with_certificate(generate(it)));
  return keys;
}

constexpr auto kEc = Algorithm::EccP256;

TEST(PivMemoryCard, HasItsKeysInTheOrderOfTheSlots) {
  const auto keys = keys_of({kEc, Algorithm::Rsa2048, Algorithm::EccP384, kEc, kEc, kEc});
  CardUser user(state_with(keys, pin("13579246")).value());
  EXPECT_EQ(user.send("00cb3fff", "5c035fc10c"), "5308c10102c20100fe009000") << "two retired ones";
  for (const char* tag : {"05", "0a", "0b", "01", "0d", "0e"}) {
    EXPECT_THAT(user.send("00cb3fff", std::string("5c035fc1") + tag), StartsWith("5382")) << tag;
  }
  EXPECT_EQ(user.verify("12345678"), "63c2");
  EXPECT_EQ(user.verify("13579246"), "9000");
  const std::string hash = "7c248200812" + std::string(65, '0');
  for (const char* slot : {"9a", "9e", "82", "83"}) {
    EXPECT_THAT(user.send(std::string("008711") + slot, hash), EndsWith("9000")) << slot;
  }
  EXPECT_EQ(user.send("00f7009d").substr(0, 6), "010114") << "P-384";
  EXPECT_EQ(
      user.send("002c0080", CardUser::padded_hex("12345678") + CardUser::padded_hex("123456")),
      "6983");
}

TEST(PivMemoryCard, IsAliveHoweverLongACommandTakes) {
  asio::io_context io;
  const auto keys = keys_of({kEc});
  const auto reader = make_memory_card(io.get_executor(), keys, pin("123456"), "card");
  ASSERT_TRUE(reader) << reader.error().text;
  EXPECT_TRUE((*reader)->alive());
}

TEST(PivMemoryCard, HasTheSameIdentityForTheSameCertificates) {
  const auto keys = keys_of({kEc, kEc});
  const State first = state_with(keys, pin("123456")).value();
  const State second = state_with(keys, pin("123456")).value();
  EXPECT_EQ(first.objects.at(Tag::Chuid), second.objects.at(Tag::Chuid));
  EXPECT_EQ(first.serial, second.serial);
  const State other = state_with(std::span(keys).first(1), pin("123456")).value();
  EXPECT_NE(first.objects.at(Tag::Chuid), other.objects.at(Tag::Chuid));
}

TEST(PivMemoryCard, SaysWhatACardCannotHave) {
  const auto why = [](const std::vector<KeyAndCertificate>& keys, std::string_view text) {
    const auto made = state_with(keys, pin(text));
    return made ? "" : made.error().text;
  };
  std::vector<KeyAndCertificate> keys = keys_of({kEc, kEc});
  EXPECT_THAT(why(keys, "12345"), HasSubstr("6 to 8 digits"));
  EXPECT_THAT(why(keys, "123456x"), HasSubstr("6 to 8 digits"));
  EXPECT_THAT(why(keys, "123456789"), HasSubstr("6 to 8 digits"));
  std::swap(keys[0].certificate, keys[1].certificate);
  EXPECT_THAT(why(keys, "123456"), HasSubstr("key 1: its certificate is of another key"));
  keys[0].certificate = {1, 2, 3};
  EXPECT_THAT(why(keys, "123456"), HasSubstr("key 1: its certificate"));
  std::vector<KeyAndCertificate> edwards(1);
  edwards[0].key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  EXPECT_THAT(why(edwards, "123456"), HasSubstr("this one is ED25519"));
  edwards[0].key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024}));
  EXPECT_THAT(why(edwards, "123456"), HasSubstr("this one is RSA with 1024 bits"));
  EXPECT_THAT(why(std::vector<KeyAndCertificate>(25), "123456"), HasSubstr("at most 24 keys"));
}

TEST(PivMemoryCard, HoldsTwentyFourKeys) {
  std::vector<KeyAndCertificate> keys;
  for (int i = 0; i < 24; ++i) keys.push_back(with_certificate(generate(kEc)));
  CardUser user(state_with(keys, pin("123456")).value());
  EXPECT_EQ(user.send("00cb3fff", "5c035fc10c"), "5308c10114c20100fe009000");
  EXPECT_THAT(user.send("00f70095"), EndsWith("9000"));
}

}  // namespace
}  // namespace vscard::cards::piv
