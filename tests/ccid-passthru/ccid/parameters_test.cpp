#include "ccid-passthru/ccid/parameters.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vscard::ccid_passthru::ccid {
namespace {

using fakes::from_hex;
using fakes::to_hex;

protocol::iso7816::Atr atr(const std::string& hex) {
  return protocol::iso7816::Atr::parse(from_hex(hex)).value();
}

std::string text(const Parameters& parameters) {
  return std::to_string(parameters.protocol()) + " " + to_hex(parameters.bytes());
}

TEST(Parameters, AreThoseOfTheAtr) {
  const std::vector<std::pair<std::string, std::string>> cases{
      // TS T0: all defaults, T=0: Fi Di 11, guard time 0, WI 10
      {"3b00", "0 1100000a00"},
      // inverse convention: bit 1
      {"3f00", "0 1102000a00"},
      // TA1 96, TC1 05, TD1 40: T=0, TC2 = WI 20
      {"3bd096054020", "0 9600052000"},
      // TD1 81, TD2 31: T=1, IFSC fe, BWI CWI 45; TCK
      {"3b808131fe458b", "1 1110004500fe00"},
      // TD1 81, TD2 71: the same with a CRC
      {"3b808171fe4501ca", "1 1111004500fe00"},
      // inverse convention, T=1, all defaults: BWI CWI 4d, IFSC 32
      {"3f800181", "1 1112004d002000"},
  };
  for (const auto& [hex, expected] : cases) EXPECT_EQ(text(Parameters(atr(hex))), expected) << hex;
}

TEST(Parameters, KeepWhatTheGuestSets) {
  Parameters parameters(atr("3b808131fe458b"));
  EXPECT_TRUE(parameters.set(0, from_hex("9500ff0a00")));
  EXPECT_EQ(text(parameters), "0 9500ff0a00");
  EXPECT_TRUE(parameters.set(1, from_hex("181000450020aa")));
  EXPECT_EQ(text(parameters), "1 181000450020aa");
}

TEST(Parameters, RefuseWhatDoesNotFitTheProtocol) {
  const std::vector<std::pair<std::uint8_t, std::string>> wrong{
      {0, ""},           {0, "9500ff0a"}, {0, "181000450020aa"},
      {1, "9500ff0a00"}, {2, ""},         {2, "9500ff0a00"}};
  for (const auto& [protocol, bytes] : wrong) {
    Parameters parameters(atr("3b00"));
    EXPECT_FALSE(parameters.set(protocol, from_hex(bytes))) << int{protocol} << " " << bytes;
    EXPECT_EQ(text(parameters), "0 1100000a00") << int{protocol} << " " << bytes;
  }
}

TEST(Parameters, AProtocolIsOfferedByTheAtr) {
  const protocol::iso7816::Atr t0 = atr("3b00");
  EXPECT_TRUE(offers(t0, 0));
  EXPECT_FALSE(offers(t0, 1));
  const protocol::iso7816::Atr both = atr("3b80800101");  // TD1 T=0, TD2 T=1, TCK
  EXPECT_TRUE(offers(both, 0));
  EXPECT_TRUE(offers(both, 1));
  EXPECT_FALSE(offers(both, 2));
  const protocol::iso7816::Atr fixed = atr("3b8090010110");  // TA2 01: only T=1
  EXPECT_FALSE(offers(fixed, 0));
  EXPECT_TRUE(offers(fixed, 1));
}

}  // namespace
}  // namespace vscard::ccid_passthru::ccid
