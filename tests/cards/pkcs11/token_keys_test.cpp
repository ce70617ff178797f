// A PIV card whose keys a token has, and what it says when the token does not do its part.

#include "cards/pkcs11/token_keys.hpp"

#include "cards/piv/card.hpp"
#include "cards/piv/contents.hpp"
#include "cards/piv/factory.hpp"
#include "cards/piv/key_pair.hpp"
#include "tests/cards/pkcs11/fake_token.hpp"
#include "tests/fakes/hex.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards::pkcs11 {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr auto kRight = "00200080083132333435363738";
constexpr auto kWrong = "00200080083939393939393939";

/// RSA-2048 in 9A and 9C, P-256 in 9D, all with the fake's key.
class TokenCard : public testing::Test {
 protected:
  TokenCard() {
    std::map<piv::Slot, TokenKey> keys;
    piv::State state = piv::make_card({.pin = piv::SecretBytes::zeros(8),
                                       .puk = piv::SecretBytes::zeros(8),
                                       .guid = std::vector<std::uint8_t>(16),
                                       .work = piv::WorkFactor::Least});
    for (const auto& [slot, algorithm] :
         {std::pair{piv::Slot::Authentication, piv::Algorithm::Rsa2048},
          {piv::Slot::Signature, piv::Algorithm::Rsa2048},
          {piv::Slot::KeyManagement, piv::Algorithm::EccP256}}) {
      keys[slot] = {.algorithm = algorithm, .id = {1}};
      state.keys.emplace(slot, piv::SlotKey{.algorithm = algorithm,
                                            .policy = piv::usual_policy(slot),
                                            .origin = piv::Origin::Imported,
                                            .content = {},
                                            .public_key = {0}});
    }
    auto holder =
        std::make_unique<TokenKeys>(Token::open(fake.module(), 0).value(), std::move(keys),
                                    [this](const std::string& line) { lines.push_back(line); });
    holder_ = holder.get();
    card.emplace(std::move(state), [](Bytes) { return true; }, std::move(holder));
  }

  std::string send(std::string_view command) {
    return fakes::to_hex(card->transmit(fakes::from_hex(command)).view());
  }
  /// A signature by RSA: `begin` and FF … FF up to 256 bytes, then 00 and 19 bytes.
  std::string sign(std::string_view slot, std::string_view begin = "0001") {
    std::string block =
        std::string(begin) + std::string(472 - begin.size(), 'f') + "00" + std::string(38, '1');
    return send("008707" + std::string(slot) + "00010a" + "7c8201068200" + "81820100" + block +
                "0000");
  }

  FakeToken fake;
  std::vector<std::string> lines;
  std::optional<piv::Card> card;
  TokenKeys* holder_ = nullptr;
};

TEST_F(TokenCard, HasThePinOfTheToken) {
  EXPECT_EQ(send("00200080"), "63cf") << "nobody counts";
  EXPECT_EQ(sign("9a"), "6982");
  EXPECT_EQ(send(kWrong), "63cf");
  EXPECT_EQ(send(kRight), "9000");
  EXPECT_EQ(send("00200080"), "9000");
  EXPECT_EQ(send(kRight), "9000") << "again, though somebody is logged in";
  EXPECT_EQ(send(kWrong), "63cf");
  EXPECT_FALSE(fake.logged_in);
  EXPECT_EQ(sign("9a"), "6982");
}

TEST_F(TokenCard, CountsAsFarAsTheTokenSays) {
  fake.flags |= CKF_USER_PIN_COUNT_LOW;
  EXPECT_EQ(send(kWrong), "63c2");
  fake.flags |= CKF_USER_PIN_FINAL_TRY;
  EXPECT_EQ(send(kWrong), "63c1");
  EXPECT_EQ(send("00200080"), "63c1");
  fake.flags |= CKF_USER_PIN_LOCKED;
  EXPECT_EQ(send(kWrong), "6983");
  EXPECT_EQ(send(kRight), "6983");
  EXPECT_EQ(send("00200080"), "6983");
}

TEST_F(TokenCard, SignsByWhatTheTokenAndTheKeyCanDo) {
  send(kRight);
  EXPECT_THAT(sign("9a"), EndsWith("9000"));
  fake.may_sign = false;
  EXPECT_THAT(sign("9a"), EndsWith("9000"));
  fake.may_sign = true;
  fake.has_raw_rsa = false;
  EXPECT_THAT(sign("9a"), EndsWith("9000"));
  EXPECT_THAT(fake.done, ElementsAre("sign X509 256", "decrypt X509 256", "sign PKCS 19"));
  EXPECT_EQ(sign("9a", "0002"), "6f00") << "not a signature that PKCS pads";
  EXPECT_THAT(lines, ElementsAre(HasSubstr("the token refuses: ")));
}

TEST_F(TokenCard, SignsWithEcInDer) {
  send(kRight);
  const std::string hash = "7c248200812" + std::string(65, '0');
  EXPECT_THAT(send("0087119d26" + hash + "00"), StartsWith("7c4a8248"
                                                           "3046022100818181"))
      << "both numbers get a zero, so that they are positive";
  EXPECT_EQ(send("0087119d267c" + std::string(74, '0') + "00"), "6a80");
}

TEST_F(TokenCard, GivesThePinAgainToAKeyThatAlwaysAsks) {
  fake.always_authenticate = true;
  send(kRight);
  EXPECT_THAT(sign("9a"), EndsWith("9000"));
  EXPECT_THAT(sign("9a"), EndsWith("9000"));
}

TEST_F(TokenCard, AsksForThePinForEachSignatureOf9c) {
  send(kRight);
  EXPECT_THAT(sign("9c"), EndsWith("9000"));
  EXPECT_EQ(sign("9c"), "6982");
}

TEST_F(TokenCard, LogsOutWithThePower) {
  send(kRight);
  card->reset();
  EXPECT_FALSE(fake.logged_in);
  EXPECT_EQ(sign("9a"), "6982");
}

TEST_F(TokenCard, NoticesThatTheTokenWasPulled) {
  EXPECT_TRUE(holder_->present());
  send(kRight);
  fake.present = false;
  EXPECT_FALSE(holder_->suspect());
  EXPECT_EQ(sign("9a"), "6a88");
  EXPECT_TRUE(holder_->suspect());
  EXPECT_FALSE(holder_->present());
  EXPECT_EQ(send(kRight), "6f00") << "not a wrong PIN";
  card->reset();
  fake.logged_in = false;
  fake.present = true;
  fake.slot = 5;  // it was put into another reader
  EXPECT_TRUE(holder_->present());
  EXPECT_EQ(sign("9a"), "6982");
  EXPECT_EQ(send(kRight), "9000");
  EXPECT_THAT(sign("9a"), EndsWith("9000"));
}

TEST_F(TokenCard, DoesNotTakeAnotherTokenForItsOwn) {
  fake.present = false;
  EXPECT_FALSE(holder_->present());
  fake.present = true;
  fake.label = "other";
  EXPECT_FALSE(holder_->present());
}

TEST_F(TokenCard, MakesAndTakesNoKeysAndNoPins) {
  send(kRight);
  const std::string both =
      "3132333435363738"
      "3837363534333231";
  EXPECT_EQ(send("0024008010" + both), "6a81");
  EXPECT_EQ(send("002c008010" + both), "6a81");
  EXPECT_EQ(send("00fa0303"), "6a81");
  EXPECT_THAT(fake.done, IsEmpty());
}

TEST_F(TokenCard, TellsOfWhatFails) {
  send(kRight);
  fake.fails = CKR_DEVICE_ERROR;
  EXPECT_EQ(sign("9a"), "6f00");
  EXPECT_THAT(lines, ElementsAre(StartsWith("the token refuses: ")));
  fake.fails = CKR_DATA_INVALID;
  EXPECT_EQ(sign("9a"), "6a80");
}

}  // namespace
}  // namespace vscard::cards::pkcs11
