#include "cards/piv/block_cipher.hpp"
#include "tests/cards/piv/card_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::piv {
namespace {

using testing::EndsWith;

constexpr const char* kWrite = "00db3fff";
constexpr const char* kObject = "5c035fff10530101";

/// What the other side of a mutual authentication does.
std::string decrypted(std::string_view hex, const ManagementKey& key) {
  const auto block = fakes::from_hex(hex);
  std::vector<std::uint8_t> out(block.size() + 16);
  const CipherContext context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher =
      key.algorithm == Algorithm::TripleDes ? EVP_des_ede3_ecb() : EVP_aes_256_ecb();
  int size = 0;
  EVP_DecryptInit_ex(context.get(), cipher, nullptr, key.value.view().data(), nullptr);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  EVP_DecryptUpdate(context.get(), out.data(), &size, block.data(), static_cast<int>(block.size()));
  out.resize(static_cast<std::size_t>(size));
  return fakes::to_hex(out);
}

/// As yubico-piv-tool does it: the card's part is checked, too.
void expect_mutual(CardUser& user, const std::string& header, const std::string& size) {
  const ManagementKey& key = user.state().management;
  const std::string witness = user.send(header, "7c028000");
  const std::size_t digits = 2 * block_size(key.algorithm);
  ASSERT_EQ(witness.size(), 8 + digits + 4);
  const auto whole = static_cast<std::uint8_t>(2 * digits / 2 + 4);
  const std::string challenge(digits, '7');
  const std::string answer =
      user.send(header, "7c" + fakes::to_hex(Bytes(&whole, 1)) + "80" + size +
                            decrypted(witness.substr(8, digits), key) + "81" + size + challenge);
  ASSERT_THAT(answer, EndsWith("9000"));
  EXPECT_EQ(decrypted(answer.substr(8, digits), key), challenge);
  EXPECT_EQ(user.send(kWrite, kObject), "9000");
}

TEST(PivManagementKey, IsShownMutuallyWithTripleDes) {
  CardUser user;
  EXPECT_EQ(user.send(kWrite, kObject), "6982");
  expect_mutual(user, "0087039b", "08");
  user.reset();
  EXPECT_EQ(user.send(kWrite, kObject), "6982");
  expect_mutual(user, "0087009b", "08");
}

TEST(PivManagementKey, IsSetToOneOfAesAndShownWithIt) {
  CardUser user;
  const std::string key(64, 'a');
  EXPECT_EQ(user.send("00ffffff", "0c9b20" + key), "6982");
  EXPECT_EQ(user.manage(), "9000");
  for (const char* wrong : {"0c9b1f", "039b20", "0c9a20", "0d9b20"}) {
    EXPECT_EQ(user.send("00ffffff", wrong + key), "6a80") << wrong;
  }
  EXPECT_EQ(user.send("00fffffe", "0c9b20" + key), "6a86") << "asks for a touch";
  EXPECT_EQ(user.send("00ffffff", "0c9b20" + key), "9000");
  user.reset();
  EXPECT_EQ(user.send("0087039b", "7c028000"), "6a86");
  expect_mutual(user, "00870c9b", "10");
  user.reset();
  EXPECT_EQ(user.manage(), "9000") << "external";
  EXPECT_EQ(user.send(kWrite, kObject), "9000");
  for (const char* other : {"089b10", "0a9b18"}) {
    EXPECT_EQ(user.send("00ffffff", other + key.substr(0, other[1] == '8' ? 32 : 48)), "9000");
    user.reset();
    EXPECT_EQ(user.manage(), "9000") << other;
  }
}

TEST(PivManagementKey, AWrongAnswerEndsWhatWasShownBefore) {
  CardUser user;
  EXPECT_EQ(user.manage(), "9000");
  user.send("0087039b", "7c028100");
  EXPECT_EQ(user.send("0087039b", "7c0a8208" + std::string(16, '0')), "6982");
  EXPECT_EQ(user.send(kWrite, kObject), "6982");
}

TEST(PivManagementKey, AChallengeServesOnce) {
  CardUser user;
  const std::string answer = "7c0a8208" + std::string(16, '0');
  EXPECT_EQ(user.send("0087039b", answer), "6985") << "there is none";
  user.send("0087039b", "7c028100");
  EXPECT_EQ(user.send("0087039b", answer), "6982");
  EXPECT_EQ(user.send("0087039b", answer), "6985");
  user.send("0087039b", "7c028000");
  EXPECT_EQ(user.send("0087039b", answer), "6985") << "the witness is not a challenge";
  user.send("0087039b", "7c028100");
  user.reset();
  EXPECT_EQ(user.send("0087039b", answer), "6985");
}

TEST(PivManagementKey, RefusesWhatDoesNotHold) {
  CardUser user;
  for (const char* data : {"", "7c", "7c00", "7d028000", "7c0280008000", "7c048000", "7c028500",
                           "7c0480008000", "7c028300"}) {
    EXPECT_EQ(user.send("0087039b", data), "6a80") << data;
  }
  user.send("0087039b", "7c028000");
  EXPECT_EQ(user.send("0087039b", "7c088002ffff8102ffff"), "6a80") << "not a block";
  EXPECT_EQ(user.send(kWrite, kObject), "6982");
}

}  // namespace
}  // namespace vscard::cards::piv
