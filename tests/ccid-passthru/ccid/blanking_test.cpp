// What may be kept of a guest's messages and the reader's: each line is one, with ".." for blanks.

#include "ccid-passthru/ccid/blanking.hpp"

#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::ccid_passthru::ccid {
namespace {

using fakes::from_hex;
using fakes::to_hex;

class MessageBlankingTest : public testing::Test {
 protected:
  /// What is shown, and "+" where something is not.
  static std::string text(const BlankedMessage& message) {
    return to_hex(message.bytes) + (message.blanked ? "+" : "");
  }
  std::string command(const std::string& hex) { return text(blanking_.command(from_hex(hex))); }
  std::string reply(const std::string& hex) { return text(blanking_.reply(from_hex(hex))); }
  void expect_open(const std::string& sent, const std::string& replied) {
    EXPECT_EQ(command(sent), sent);
    EXPECT_EQ(reply(replied), replied);
  }

  MessageBlanking blanking_;
};

//                              dwLength   slot seq  of the type  abData
constexpr const char* kSelect = "6f 0d000000 00   01   00 0000 00a4040008a000000308000010";  // 13
constexpr const char* kVerify = "6f 0d000000 00   02   00 0000 00200080083132333435363738";

std::string plain(const std::string& hex) { return to_hex(from_hex(hex)); }

TEST_F(MessageBlankingTest, ShowsWhatHasNoSecret) {
  expect_open(plain("62 00000000 00 00 00 0000"),           // IccPowerOn
              plain("80 03000000 00 00 00 00 00 3b0102"));  // DataBlock: the ATR
  expect_open(plain(kSelect), plain("80 04000000 00 01 00 00 00 6f009000"));
  expect_open(plain("65 00000000 00 03 00 0000"), plain("81 00000000 00 03 00 00 00"));
  expect_open(plain("61 05000000 00 04 00 0000 1100000a00"),  // SetParameters
              plain("82 05000000 00 04 00 00 00 1100000a00"));
}

TEST_F(MessageBlankingTest, BlanksSecretsInApdus) {
  EXPECT_EQ(command(plain(kVerify)),
            plain("6f 0d000000 00 02 00 0000 00200080") + std::string(18, '0') + "+");
  EXPECT_EQ(reply(plain("80 02000000 00 02 00 00 00 63c2")),
            plain("80 02000000 00 02 00 00 00 63c2"));
  // PSO: DECIPHER: what the card has deciphered.
  command(plain("6f 07000000 00 03 00 0000 002a80860200aa"));
  EXPECT_EQ(reply(plain("80 04000000 00 03 00 00 00 aabb9000")),
            plain("80 04000000 00 03 00 00 00 00009000+").substr(0, 28) + "+");
}

TEST_F(MessageBlankingTest, BlanksApdusInParts) {
  EXPECT_EQ(command(plain("6f 06000000 00 05 00 0100 00a404000831")),  // the first part
            plain("6f 06000000 00 05 00 0100 000000000000") + "+");
  EXPECT_EQ(reply(plain("80 00000000 00 05 00 00 10")), plain("80 00000000 00 05 00 00 10"));
  EXPECT_EQ(command(plain("6f 02000000 00 06 00 0200 3233")),  // the last one
            plain("6f 02000000 00 06 00 0200 0000") + "+");
  EXPECT_EQ(reply(plain("80 04000000 00 06 00 00 00 aabb9000")),
            plain("80 04000000 00 06 00 00 00 00009000") + "+")
      << "the command was not seen";
  command(plain(kSelect));
  EXPECT_EQ(reply(plain("80 02000000 00 01 00 00 01 aabb")),  // the response's first part
            plain("80 02000000 00 01 00 00 01 0000") + "+");
}

TEST_F(MessageBlankingTest, BlanksWhatNoReaderOfOursUnderstands) {
  for (const char* type : {"69", "6b", "6a", "73", "ff"}) {  // Secure, Escape, … unknown
    EXPECT_EQ(command(type + plain("02000000 00 07 00 0000 3132")),
              type + plain("02000000 00 07 00 0000 0000") + "+");
  }
  EXPECT_EQ(command(plain("6f 09000000 00 07 00 0000 00a40400")),  // a wrong dwLength
            plain("6f 09000000 00 07 00 0000 00000000") + "+");
  EXPECT_EQ(command("313233"), "313233") << "not a header: no APDU either";
  EXPECT_EQ(reply(plain("83 02000000 00 07 00 00 00 3132")),
            plain("83 02000000 00 07 00 00 00 0000") + "+");
}

// A second command is refused while the first is at the card; then the answer is the first one's.
TEST_F(MessageBlankingTest, TakesNoResponseForThatOfAnotherCommand) {
  command(plain("6f 07000000 00 03 00 0000 002a80860200aa"));
  command(plain(kSelect));
  EXPECT_EQ(reply(plain("80 00000000 00 01 40 e0 00")), plain("80 00000000 00 01 40 e0 00"));
  EXPECT_EQ(reply(plain("80 04000000 00 03 00 00 00 aabb9000")),
            plain("80 04000000 00 03 00 00 00 00000000") + "+");
  // A guest that has given up its command says nothing.
  command(plain("6f 07000000 00 03 00 0000 002a80860200aa"));
  command(plain(kSelect));
  EXPECT_EQ(reply(plain("80 04000000 00 01 00 00 00 aabb9000")),
            plain("80 04000000 00 01 00 00 00 00000000") + "+");
  expect_open(plain(kSelect), plain("80 04000000 00 01 00 00 00 6f009000"));
}

TEST_F(MessageBlankingTest, TakesATimeExtensionForNoAnswer) {
  command(plain(kSelect));
  EXPECT_EQ(reply(plain("80 00000000 00 01 80 01 00")), plain("80 00000000 00 01 80 01 00"));
  EXPECT_EQ(reply(plain("80 04000000 00 01 00 00 00 6f009000")),
            plain("80 04000000 00 01 00 00 00 6f009000"));
}

TEST_F(MessageBlankingTest, TakesAnAtrForOneAfterPowerOnAlone) {
  command(plain("62 00000000 00 09 00 0000"));
  command(plain("6f 07000000 00 09 00 0000 002a80860200aa"));
  EXPECT_EQ(reply(plain("80 04000000 00 09 00 00 00 aabb9000")),
            plain("80 04000000 00 09 00 00 00 00009000") + "+");
}

}  // namespace
}  // namespace vscard::ccid_passthru::ccid
