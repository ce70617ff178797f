// What a client says on its way to the library: a viewer's passes, what harms the library does not.

#include "chardev/spicevmc/client_guard.hpp"

#include "tests/chardev/spice/recording.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vscard::chardev::spicevmc {
namespace {

using fakes::from_hex;
using spice::Bytes;

const std::string kHeader = "52454451 02000000 02000000 16000000";  // "REDQ" 2.2, 22 bytes
/// In session 0x0badcafe the channel of this type: 1 word of common capabilities at 18.
std::string request(const std::string& type, const std::string& common = "0b000000") {
  return "fecaad0b" + type + "00" + "01000000 00000000 12000000" + common;
}
const std::string kLogin = "01000000" + std::string(256, 'a');  // mechanism, ticket
const std::string kPort = kHeader + request("0a") + kLogin;
const std::string kMain = kHeader + request("01") + kLogin;

bool passes(const std::string& hex, std::size_t piece = 1U << 20) {
  ClientGuard guard;
  const auto bytes = from_hex(hex);
  bool passed = true;
  for (Bytes rest = bytes; !rest.empty();) {
    const Bytes part = rest.first(std::min(piece, rest.size()));
    passed = guard.pass(std::vector(part.begin(), part.end()));
    rest = rest.subspan(part.size());
  }
  return passed;
}

/// … wherever the bytes are cut.
void expect(bool passed, const std::string& hex) {
  for (const std::size_t piece : {1U, 2U, 7U, 1U << 20}) {
    EXPECT_EQ(passes(hex, piece), passed) << hex.substr(0, 400) << " in pieces of " << piece;
  }
}

TEST(SpicevmcClientGuard, PassesWhatAClientSaidToQemu) {
  for (const char* channel : {"main C", "card C"}) {
    const auto said = spice::test::recorded(channel);
    for (std::size_t end = 0; end <= said.size(); ++end) {
      ClientGuard guard;
      EXPECT_TRUE(guard.pass(Bytes(said).first(end)));
      EXPECT_TRUE(guard.pass(Bytes(said).subspan(end)));
    }
  }
}

TEST(SpicevmcClientGuard, PassesMessagesOfEverySizeUpToItsLimit) {
  expect(true, kPort + "6500 00000000" + "6500 03000000 112233" + "c900 01000000 00");
  const std::string body(std::size_t{2} * 131072, '5');
  expect(true, kPort + "6500 00000200" + body + "6500 00000000");
}

TEST(SpicevmcClientGuard, RefusesMessagesOverItsLimitOnEveryChannel) {
  for (const char* header : {"650001000200", "660001000200", "c90001000200", "010001000200"}) {
    expect(false, kPort + header);
    expect(false, kMain + "0100 04000000 00000000" + header);
  }
}

TEST(SpicevmcClientGuard, RefusesWhatIsCompressedOnAPort) {
  expect(false, kPort + "6600 06000000");
  expect(true, kMain + "6600 06000000");  // something else
}

TEST(SpicevmcClientGuard, RefusesAMove) {
  for (const std::string& channel : {kPort, kMain}) {
    expect(false, channel + "0400 00000000");
    expect(false, channel + "0500 00000000");
  }
}

TEST(SpicevmcClientGuard, RefusesABeginningThatItCannotFollow) {
  expect(false, "474554202f20485454502f312e310d0a");
  expect(false, "52454451 02000000 02000000 11000000");  // 17 bytes
  expect(false, "52454451 02000000 02000000 01100000");  // 4097 bytes
  expect(false, kHeader + request("01", "03000000"));    // no mini header
  expect(false, kHeader + request("01", "0a000000"));    // no choice of mechanisms
  expect(false, kHeader + "fecaad0b0100 00000000 00000000 12000000 0b000000");  // no words
  expect(false, kHeader + "fecaad0b0100 01000000 00000000 13000000 0b000000");  // beyond the end
  expect(false, kHeader + "fecaad0b0100 01000000 00000000 00100000 0b000000");
  expect(false, kHeader + request("01") + "02000000" + std::string(256, 'a'));  // SASL
}

TEST(SpicevmcClientGuard, StaysRefused) {
  ClientGuard guard;
  EXPECT_FALSE(guard.pass(from_hex("52454451 02000000 02000000 11000000")));
  EXPECT_FALSE(guard.pass(from_hex(kMain)));
  EXPECT_FALSE(guard.pass({}));
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
