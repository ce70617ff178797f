// What may be kept of a conversation: each line is a command or a response, and what is left of it.

#include "protocol/iso7816/blanking.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::protocol::iso7816 {
namespace {

using fakes::from_hex;

/// As hex, with ".." for each blank byte.
std::string text(const BlankedApdu& apdu) {
  std::string out;
  for (std::size_t i = 0; i < apdu.bytes.size(); ++i) {
    const bool blank = i >= apdu.blank_begin && i < apdu.blank_begin + apdu.blank_size;
    EXPECT_TRUE(!blank || apdu.bytes[i] == 0);
    out += blank ? ".." : fakes::to_hex(Bytes(apdu.bytes).subspan(i, 1));
  }
  return out;
}

class BlankingTest : public testing::Test {
 protected:
  std::string command(const std::string& hex) { return text(blanking_.command(from_hex(hex))); }
  std::string response(const std::string& hex) { return text(blanking_.response(from_hex(hex))); }
  void expect_open_command(const std::string& hex) { EXPECT_EQ(command(hex), hex); }
  void expect_open_response(const std::string& hex) { EXPECT_EQ(response(hex), hex); }

  Blanking blanking_;
};

TEST_F(BlankingTest, ShowsWhatHasNoSecret) {
  expect_open_command("00a4040007a000000079030000");
  expect_open_response("61059000");
  expect_open_command("00cb3fff055c035fc10500");
  expect_open_response("53017a9000");
  expect_open_command("0020");
  expect_open_command("00200080");
}

TEST_F(BlankingTest, BlanksEachFormOfAPin) {
  EXPECT_EQ(command("0020008008313233343536ffff"), "00200080..................");
  EXPECT_EQ(command("00200080000008313233343536ffff"), "00200080......................");
  EXPECT_EQ(command("1020008002313200"), "10200080........") << "a part of a chain";
  EXPECT_EQ(command("0024008002313200"), "00240080........") << "CHANGE REFERENCE DATA";
  EXPECT_EQ(command("002c008002313200"), "002c0080........") << "RESET RETRY COUNTER";
  EXPECT_EQ(command("80d8000002313200"), "80d80000........") << "PUT KEY";
  EXPECT_EQ(command("00fffffe02313200"), "00fffffe........") << "a YubiKey's management key";
  EXPECT_EQ(command("00db3fff02313200"), "00db3fff........") << "PUT DATA";
  EXPECT_EQ(command("00a404000731323334"), "00a40400..........") << "a wrong Lc";
}

TEST_F(BlankingTest, BlanksWhatIsUnderSecureMessaging) {
  EXPECT_EQ(command("0ca4040002313200"), "0ca40400........");
  EXPECT_EQ(response("87019000"), "....9000");
  EXPECT_EQ(command("60a4040002313200"), "60a40400........") << "further interindustry class";
  EXPECT_EQ(command("8442000002313200"), "84420000........");
}

TEST_F(BlankingTest, BlanksTheAnswerToWhatItDoesNotKnow) {
  command("80ee000000");
  EXPECT_EQ(response("0102039000"), "......9000");
  EXPECT_EQ(response("6982"), "6982");
  EXPECT_EQ(response("69"), "..") << "no response of a card";
}

TEST_F(BlankingTest, ShowsASignatureButNotWhatIsDeciphered) {
  expect_open_command(
      "0087079a067c0482008100"
      "00");
  expect_open_response(
      "7c06820412345678"
      "9000");
  expect_open_command(
      "0087079d067c0482008100"
      "00");
  EXPECT_EQ(response("7c0682040002aabb9000"), "................9000");
  expect_open_command("8042000002abcd");
  EXPECT_EQ(response("0002aabb9000"), "........9000");
  expect_open_command("002a9e9a02abcd00");
  expect_open_response("0002aabb9000");
  expect_open_command("002a808602abcd00");
  EXPECT_EQ(response("aabb9000"), "....9000");
  EXPECT_EQ(command("002a868002abcd00"), "002a8680........") << "what is to be enciphered";
}

// Both as OpenSC has them: class 00, and a card that answers 61xx.
TEST_F(BlankingTest, ShowsWhatIsReadFromACacButNotWhatIsDeciphered) {
  expect_open_command("00520000020102");
  expect_open_response("6102");
  expect_open_command("00c0000002");
  expect_open_response("01029000");
  expect_open_command("0042000002abcd00");
  expect_open_response("6104");
  expect_open_command("00c0000004");
  EXPECT_EQ(response("0002aabb9000"), "........9000");
}

TEST_F(BlankingTest, BlanksASharedSecret) {
  expect_open_command(
      "0087119d067c0482008500"
      "00");
  EXPECT_EQ(response("7c0482021234"
                     "9000"),
            "............9000");
}

TEST_F(BlankingTest, BlanksTheManagementKeyInBothDirections) {
  EXPECT_EQ(command("0087089b047c028000"
                    "00"),
            "0087089b............");
  EXPECT_EQ(response("7c0482021234"
                     "9000"),
            "............9000");
}

TEST_F(BlankingTest, BlanksPrivateObjects) {
  expect_open_command("00cb3fff055c035fc10900");
  EXPECT_EQ(response("5301889000"), "......9000") << "printed information";
}

TEST_F(BlankingTest, GetResponseIsWhatItBelongsTo) {
  command("002a808602abcd00");
  EXPECT_EQ(response("aabb6102"), "....6102");
  expect_open_command("00c0000002");
  EXPECT_EQ(response("ccdd9000"), "....9000");
  command("00a4040007a000000079030000");
  response("6102");
  expect_open_command("00c0000002");
  expect_open_response("ccdd9000");
}

TEST_F(BlankingTest, EachPartOfAChainIsAsItsFirst) {
  expect_open_command("1087079a087c06820081020102");
  response("9000");
  expect_open_command("0087079a02030400");
  expect_open_response(
      "7c0482021234"
      "9000");
  command("1087119d087c06820085020102");
  response("9000");
  expect_open_command("0087119d02030400");
  EXPECT_EQ(response("7c0482021234"
                     "9000"),
            "............9000");
  command("1087089b047c028000");
  response("9000");
  EXPECT_EQ(command("0087089b02030400"), "0087089b........");
}

TEST_F(BlankingTest, AChainEndsWithAnotherCommand) {
  command("1087079a087c06820081020102");
  response("9000");
  command("00a4040007a000000079030000");
  EXPECT_EQ(command("0087079a02030400"), "0087079a........");
}

TEST_F(BlankingTest, KnowsNothingAfterAGap) {
  command("00a4040007a000000079030000");
  response("6102");
  blanking_.forget();
  command("00c0000002");
  EXPECT_EQ(response("ccdd9000"), "....9000");
}

}  // namespace
}  // namespace vscard::protocol::iso7816
