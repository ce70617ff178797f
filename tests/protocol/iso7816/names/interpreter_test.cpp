#include "protocol/iso7816/names/interpreter.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::protocol::iso7816::names {
namespace {

using fakes::from_hex;

/// A conversation, told as it goes on.
class Told : public testing::Test {
 protected:
  /// "COMMAND" or "COMMAND: object".
  std::string tell(const std::string& command, const std::string& response = "9000") {
    const fakes::ExactBytes exact(from_hex(command));
    const Meaning meaning = interpreter_.command(exact);
    interpreter_.response(fakes::ExactBytes(from_hex(response)));
    return meaning.object.empty() ? meaning.command : meaning.command + ": " + meaning.object;
  }
  void select_piv() { tell("00a404000ba00000030800001000010000"); }
  void select_openpgp() { tell("00a4040006d27600012401"); }

  Interpreter interpreter_;
};

TEST_F(Told, NamesApplicationsByTheLongestIdentifierThatFits) {
  EXPECT_EQ(tell("00a404000ba00000030800001000010000"), "SELECT: PIV");
  EXPECT_EQ(tell("00a4040007a0000000790100"), "SELECT: CAC identity certificate");
  EXPECT_EQ(tell("00a4040007a0000000790104"), "SELECT: CAC certificate");
  EXPECT_EQ(tell("00a4040007a0000000797700"), "SELECT: CAC applet");
  EXPECT_EQ(tell("00a4040006d27600012401"), "SELECT: OpenPGP");
  EXPECT_EQ(tell("00a404000ca000000063504b43532d3135"), "SELECT: PKCS#15");
  EXPECT_EQ(tell("00a4040005e828bd080f"), "SELECT: ISO 7816-15");
  EXPECT_EQ(tell("00a4040003a00000"), "SELECT: application a00000");
  EXPECT_EQ(tell("00a40400"), "SELECT: default application");
}

TEST_F(Told, NamesWhatIsInAPivApplication) {
  EXPECT_EQ(tell("00cb00ff055c035fc10500"), "GET DATA: tag 5fc105");
  select_piv();
  EXPECT_EQ(tell("00cb3fff055c035fc10500", "6120"), "GET DATA: certificate 9a, authentication");
  EXPECT_EQ(tell("00c0000020"), "GET RESPONSE: certificate 9a, authentication");
  EXPECT_EQ(tell("00cb3fff055c035fc10d00"), "GET DATA: certificate 82, retired");
  EXPECT_EQ(tell("00cb3fff055c035fc12000"), "GET DATA: certificate 95, retired");
  EXPECT_EQ(tell("00cb3fff035c017e00"), "GET DATA: discovery object");
  EXPECT_EQ(tell("00200080"), "VERIFY: PIN");
  EXPECT_EQ(tell("00240081"), "CHANGE REFERENCE DATA: PUK");
  EXPECT_EQ(tell("0087079a047c028200"), "GENERAL AUTHENTICATE: key 9a, authentication");
  EXPECT_EQ(tell("00470095"), "GENERATE KEY PAIR: key 95, retired");
  EXPECT_EQ(tell("00f7009b00"), "GET METADATA: key 9b, management");
  EXPECT_EQ(tell("00f99c0000"), "ATTEST: key 9c, signature");
  EXPECT_EQ(tell("00fe1182"), "IMPORT KEY");
}

TEST_F(Told, TakesAnApplicationForPivThatAnswersAsOne) {
  EXPECT_EQ(tell("00cb3fff055c035fc10500", "6a82"), "GET DATA: certificate 9a, authentication");
  EXPECT_EQ(tell("00200080"), "VERIFY: PIN 80");
  EXPECT_EQ(tell("00cb3fff035c017e00"), "GET DATA: discovery object");
  EXPECT_EQ(tell("00200080"), "VERIFY: PIN");
}

TEST_F(Told, NamesWhatIsInAnOpenPgpApplication) {
  select_openpgp();
  EXPECT_EQ(tell("00ca006e00"), "GET DATA: application data");
  EXPECT_EQ(tell("00ca5f5000"), "GET DATA: URL");
  EXPECT_EQ(tell("00da00c714"), "PUT DATA: fingerprint of the signature key");
  EXPECT_EQ(tell("00da00d804"), "PUT DATA: touch policy of the authentication key");
  EXPECT_EQ(tell("00200081"), "VERIFY: PIN, for signatures");
  EXPECT_EQ(tell("00200083"), "VERIFY: admin PIN");
  EXPECT_EQ(tell("002a9e9a"), "COMPUTE SIGNATURE: signature key");
  EXPECT_EQ(tell("002a8086"), "DECIPHER: decryption key");
  EXPECT_EQ(tell("00880000"), "INTERNAL AUTHENTICATE: authentication key");
  EXPECT_EQ(tell("00f1000000"), "GET VERSION");
}

TEST_F(Told, NamesFilesAndWhereTheyAreRead) {
  EXPECT_EQ(tell("00b0000000"), "READ BINARY");
  EXPECT_EQ(tell("00a4000c023f00"), "SELECT: master file");
  EXPECT_EQ(tell("00a4080c0450155031"), "SELECT: EF.OD") << "the end of a path";
  EXPECT_EQ(tell("00b0000000"), "READ BINARY: EF.OD");
  EXPECT_EQ(tell("00b0010000"), "READ BINARY: EF.OD +256");
  EXPECT_EQ(tell("00b0900000"), "READ BINARY: short file 16");
  EXPECT_EQ(tell("00b2030400"), "READ RECORD: EF.OD, record 3");
  EXPECT_EQ(tell("00a4000c024401"), "SELECT: file 4401");
  EXPECT_EQ(tell("00a40000"), "SELECT: master file");
}

TEST_F(Told, NamesTheBuffersOfACac) {
  tell("00a4040007a0000000790100");
  EXPECT_EQ(tell("8052000002010200"), "READ BUFFER: CAC identity certificate");
  EXPECT_EQ(tell("80560100"), "GET PROPERTIES: CAC identity certificate");
  EXPECT_EQ(tell("80420000"), "SIGN OR DECRYPT: CAC identity certificate");
  EXPECT_EQ(tell("00420000"), "SIGN OR DECRYPT: CAC identity certificate") << "OpenSC's class";
}

TEST_F(Told, KeepsWhatWasSelectedWhenASelectFails) {
  select_piv();
  EXPECT_EQ(tell("00a4040006d27600012401", "6a82"), "SELECT: OpenPGP");
  EXPECT_EQ(tell("00200080"), "VERIFY: PIN");
  EXPECT_EQ(tell("00a4040006d27600012401", ""), "SELECT: OpenPGP") << "no answer";
  EXPECT_EQ(tell("00200080"), "VERIFY: PIN");
}

TEST_F(Told, KeepsWhatIsSelectedOnEachLogicalChannel) {
  select_piv();
  tell("01a4040006d27600012401");
  EXPECT_EQ(tell("00200081"), "VERIFY: PUK");
  EXPECT_EQ(tell("01200081"), "VERIFY: PIN, for signatures");
}

TEST_F(Told, TellsWhatIsBlankByItsHeader) {
  select_piv();
  EXPECT_EQ(tell("00200080000000000000000000"), "VERIFY: PIN");
  EXPECT_EQ(tell("00db3fff0000000000"), "PUT DATA");
}

TEST_F(Told, KnowsNothingOfWhatIsUnderSecureMessaging) {
  select_piv();
  EXPECT_EQ(tell("0ca404000400000000"), "SELECT: secure messaging");
  EXPECT_NE(tell("40200080"), "VERIFY: secure messaging") << "a further channel";
  EXPECT_EQ(tell("60200080"), "VERIFY: secure messaging");
  EXPECT_EQ(tell("00200080"), "VERIFY: PIN") << "PIV is still selected";
}

TEST_F(Told, TakesAMalformedSelectForNone) {
  select_piv();
  EXPECT_EQ(tell("00a404000731323334"), "SELECT");
  EXPECT_EQ(tell("00200080"), "VERIFY: PIN");
  EXPECT_EQ(tell("00a4040000"), "SELECT: default application");
}

TEST_F(Told, HasANumberForWhatHasNoName) {
  EXPECT_EQ(tell("007e0000"), "INS 7e");
  EXPECT_EQ(tell("0020007f"), "VERIFY: PIN 7f");
  EXPECT_EQ(tell(""), "malformed");
  EXPECT_EQ(tell("00a404"), "malformed");
  EXPECT_EQ(tell("80f28000"), "GET STATUS");
}

TEST_F(Told, TakesEveryTruncation) {
  const auto command = from_hex("00cb3fff055c035fc10500");
  select_piv();
  for (std::size_t size = 0; size <= command.size(); ++size) {
    const fakes::ExactBytes part(Bytes(command).first(size));
    EXPECT_EQ(interpreter_.command(part).command, size < 4 ? "malformed" : "GET DATA");
    interpreter_.response(part);
  }
}

}  // namespace
}  // namespace vscard::protocol::iso7816::names
