#include "protocol/iso7816/atr.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::protocol::iso7816 {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer exactly(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
Buffer text(const std::string& characters) { return {characters.begin(), characters.end()}; }

struct Card {
  std::string name;
  Buffer atr;
  Buffer protocols;
  Buffer historical_bytes;
};

std::vector<Card> cards() {
  return {
      {.name = "libcacard's soft card",
       .atr = {0x3b,              // TS: direct convention
               0x7a,              // T0: TA1 TB1 TC1, 10 historical bytes
               0x18, 0x00, 0x00,  // TA1 TB1 TC1
               0x73, 0x66, 0x74, 0x65, 0x20, 0x63, 0x64, 0x31, 0x34, 0x34},
       .protocols = {0},
       .historical_bytes = text("sfte cd144")},
      {.name = "Estonian eID, 2011",
       .atr = {0x3b,              // TS: direct convention
               0xfe,              // T0: TA1 TB1 TC1 TD1, 14 historical bytes
               0x18, 0x00, 0x00,  // TA1 TB1 TC1
               0x80,              // TD1: TD2, about T=0
               0x31,              // TD2: TA3 TB3, about T=1
               0xfe, 0x45,        // TA3: IFSC 254, TB3: BWI 4, CWI 5
               0x45, 0x73, 0x74, 0x45, 0x49, 0x44, 0x20, 0x76,
               0x65, 0x72, 0x20, 0x31, 0x2e, 0x30, 0xa8},  // TCK
       .protocols = {0, 1},
       .historical_bytes = text("EstEID ver 1.0")},
      {.name = "Estonian eID, 2018",
       .atr = {0x3b, 0xdb, 0x96, 0x00, 0x80, 0xb1, 0xfe, 0x45, 0x1f, 0x83, 0x00,
               0x12, 0x23, 0x3f, 0x53, 0x65, 0x49, 0x44, 0x0f, 0x90, 0x00, 0xf1},
       .protocols = {0, 1},
       .historical_bytes = {0x00, 0x12, 0x23, 0x3f, 0x53, 0x65, 0x49, 0x44, 0x0f, 0x90, 0x00}},
      {.name = "DoD CAC, Gemalto TOP DL V2.1, 2020",
       .atr = {0x3b, 0x7d, 0x96, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xb0, 0x75, 0x49, 0x17, 0x0f,
               0x83, 0x00, 0x90, 0x00},
       .protocols = {0},
       .historical_bytes = {0x80, 0x31, 0x80, 0x65, 0xb0, 0x75, 0x49, 0x17, 0x0f, 0x83, 0x00, 0x90,
                            0x00}},
      {.name = "Oberthur ID-One PIV",
       .atr = {0x3b, 0xdb, 0x96, 0x00, 0x80, 0xb1, 0xfe, 0x45, 0x1f, 0x83, 0x00,
               0x31, 0xc0, 0x64, 0xb0, 0xfc, 0x10, 0x00, 0x0f, 0x90, 0x00, 0x0d},
       .protocols = {0, 1},
       .historical_bytes = {0x00, 0x31, 0xc0, 0x64, 0xb0, 0xfc, 0x10, 0x00, 0x0f, 0x90, 0x00}},
      {.name = "YubiKey 5: T=1 named twice",
       .atr = {0x3b, 0xfd, 0x13, 0x00, 0x00, 0x81, 0x31, 0xfe, 0x15, 0x80, 0x73, 0xc0,
               0x21, 0xc0, 0x57, 0x59, 0x75, 0x62, 0x69, 0x4b, 0x65, 0x79, 0x40},
       .protocols = {1},
       .historical_bytes = {0x80, 0x73, 0xc0, 0x21, 0xc0, 0x57, 'Y', 'u', 'b', 'i', 'K', 'e', 'y'}},
      {.name = "OpenPGP card 3",
       .atr = {0x3b, 0xda, 0x18, 0xff, 0x81, 0xb1, 0xfe, 0x75, 0x1f, 0x03, 0x00,
               0x31, 0xf5, 0x73, 0xc0, 0x01, 0x60, 0x00, 0x90, 0x00, 0x1c},
       .protocols = {1},
       .historical_bytes = {0x00, 0x31, 0xf5, 0x73, 0xc0, 0x01, 0x60, 0x00, 0x90, 0x00}},
      {.name = "sysmoUSIM-SJS1: T=0 alone, but a TCK for its T=15 bytes",
       .atr = {0x3b, 0x9f, 0x96, 0x80, 0x1f, 0xc7, 0x80, 0x31, 0xa0, 0x73, 0xbe,
               0x21, 0x13, 0x67, 0x43, 0x20, 0x07, 0x18, 0x00, 0x00, 0x01, 0xa5},
       .protocols = {0},
       .historical_bytes = {0x80, 0x31, 0xa0, 0x73, 0xbe, 0x21, 0x13, 0x67, 0x43, 0x20, 0x07, 0x18,
                            0x00, 0x00, 0x01}},
      {.name = "GSM SIM of E-Plus: inverse convention",
       .atr = {0x3f, 0x2f, 0x00, 0x80, 0x69, 0xae, 0x02, 0x02, 0x01, 0x36, 0x00, 0x00, 0x0a, 0x0e,
               0x83, 0x3e, 0x9f, 0x16},
       .protocols = {0},
       .historical_bytes = {0x80, 0x69, 0xae, 0x02, 0x02, 0x01, 0x36, 0x00, 0x00, 0x0a, 0x0e, 0x83,
                            0x3e, 0x9f, 0x16}},
      {.name = "NXP JCOP 2.4.1 Java Card",
       .atr = {0x3b, 0xf8, 0x13, 0x00, 0x00, 0x81, 0x31, 0xfe, 0x45, 0x4a, 0x43, 0x4f, 0x50, 0x76,
               0x32, 0x34, 0x31, 0xb7},
       .protocols = {1},
       .historical_bytes = text("JCOPv241")},
      {.name = "Gemalto IDPrime .NET",
       .atr = {0x3b, 0x16, 0x96, 0x41, 0x73, 0x74, 0x72, 0x69, 0x64},
       .protocols = {0},
       .historical_bytes = text("Astrid")},
      {.name = "eToken R2: T=15 in TD1",
       .atr = {0x3b, 0x81, 0x1f, 0x00, 0xcc, 0x52},
       .protocols = {0},
       .historical_bytes = {0xcc}},
  };
}

Atr parse(const Buffer& bytes) {
  const auto atr = Atr::parse(bytes);
  EXPECT_TRUE(atr.has_value()) << testing::PrintToString(bytes);
  return atr.value();
}

void expect_bad(const Buffer& bytes) {
  const auto atr = Atr::parse(bytes);
  ASSERT_FALSE(atr.has_value()) << testing::PrintToString(bytes);
  EXPECT_EQ(atr.error(), Errc::BadAtr);
}

TEST(Atr, ReadsRealCards) {
  for (const Card& card : cards()) {
    SCOPED_TRACE(card.name);
    const Atr atr = parse(card.atr);
    EXPECT_EQ(exactly(atr.bytes()), card.atr);
    EXPECT_EQ(exactly(atr.protocols()), card.protocols);
    EXPECT_EQ(atr.first_protocol(), card.protocols.front());
    EXPECT_EQ(exactly(atr.historical_bytes()), card.historical_bytes);
    EXPECT_TRUE(atr.checksum_ok());
  }
}

TEST(Atr, RefusesMissingBytes) {
  for (const Card& card : cards()) {
    for (std::size_t size = 0; size < card.atr.size(); ++size) {
      expect_bad(exactly(Bytes(card.atr).first(size)));
    }
  }
}

TEST(Atr, RefusesALeftoverByte) {
  for (const Card& card : cards()) {
    Buffer longer = card.atr;
    longer.push_back(0x00);
    longer.shrink_to_fit();
    expect_bad(longer);
  }
  // A TCK that makes the sum zero, where only T=0 is offered.
  expect_bad({0x3b, 0x67, 0x00, 0xff, 0xc5, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x5d});
}

TEST(Atr, KnowsTwoConventions) {
  for (unsigned ts = 0; ts <= 0xff; ++ts) {
    const Buffer bytes{static_cast<std::uint8_t>(ts), 0x00};
    EXPECT_EQ(Atr::parse(bytes).has_value(), ts == 0x3b || ts == 0x3f) << ts;
  }
}

TEST(Atr, TakesAWrongTckAsAWarning) {
  // The same model as above, of a batch that was made with TCK 00.
  const Atr usim = parse({0x3b, 0x9f, 0x96, 0x80, 0x1f, 0xc7, 0x80, 0x31, 0xa0, 0x73, 0xbe,
                          0x21, 0x13, 0x67, 0x43, 0x20, 0x07, 0x18, 0x00, 0x00, 0x01, 0x00});
  EXPECT_FALSE(usim.checksum_ok());
  EXPECT_EQ(exactly(usim.protocols()), Buffer{0});
  EXPECT_EQ(usim.historical_bytes().size(), 15U);

  for (unsigned tck = 0; tck <= 0xff; ++tck) {
    const Buffer shortest{0x3b, 0x80, 0x01, static_cast<std::uint8_t>(tck)};
    EXPECT_EQ(parse(shortest).checksum_ok(), tck == 0x81) << tck;
  }
}

TEST(Atr, HoldsAtMost33Bytes) {
  Buffer bytes{0x3b, 0xff,              // TS T0: 15 historical bytes
               0x11, 0x00, 0x00, 0xf1,  // TA1 TB1 TC1 TD1
               0x81, 0x00, 0x0a, 0xf1,  // TA2 TB2 TC2 TD2
               0xfe, 0x45, 0x00, 0x71,  // TA3 TB3 TC3 TD3: no TD4
               0xfe, 0x45, 0x00,        // TA4 TB4 TC4
               1,    2,    3,    4,    5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,  // historical bytes
               0x14};                                                          // TCK
  ASSERT_EQ(bytes.size(), kMaxAtr);
  EXPECT_EQ(parse(bytes).historical_bytes().size(), 15U);
  EXPECT_TRUE(parse(bytes).checksum_ok());

  bytes[13] = 0xf1;                        // TD3: TD4 follows
  bytes.insert(bytes.begin() + 17, 0x01);  // TD4
  bytes.shrink_to_fit();
  ASSERT_EQ(bytes.size(), kMaxAtr + 1);
  expect_bad(bytes);
}

TEST(Atr, RefusesInterfaceBytesWithoutAnEnd) {
  expect_bad(Buffer(kMaxAtr, 0x3b));
  Buffer only_td(kMaxAtr, 0x80);
  only_td[0] = 0x3b;
  expect_bad(only_td);
  Buffer everything(kMaxAtr, 0xff);
  everything[0] = 0x3f;
  expect_bad(everything);
}

TEST(Atr, FillsInTheDefaults) {
  const Atr atr = parse({0x3b, 0x00});
  EXPECT_EQ(exactly(atr.protocols()), Buffer{0});
  EXPECT_EQ(atr.first_protocol(), 0);
  EXPECT_TRUE(atr.historical_bytes().empty());
  EXPECT_TRUE(atr.checksum_ok());
  const AtrParameters& parameters = atr.parameters();
  EXPECT_EQ(parameters.fi_di, 0x11);
  EXPECT_EQ(parameters.extra_guard_time, 0);
  EXPECT_FALSE(parameters.specific_mode.has_value());
  EXPECT_EQ(parameters.waiting_integer, 10);
  EXPECT_EQ(parameters.ifsc, 32);
  EXPECT_EQ(parameters.bwi_cwi, 0x4d);
  EXPECT_EQ(parameters.redundancy_code, 0);
}

TEST(Atr, ReadsTheParametersOfBothProtocols) {
  const Atr atr = parse({0x3b, 0xd0,        // TS T0
                         0x96, 0x05, 0xc0,  // TA1 TC1 TD1: about T=0
                         0x14, 0x71,        // TC2 TD2: about T=1
                         0xfe, 0x65, 0x01,  // TA3 TB3 TC3
                         0x7c});            // TCK
  EXPECT_TRUE(atr.checksum_ok());
  EXPECT_EQ(atr.parameters(), (AtrParameters{.fi_di = 0x96,
                                             .extra_guard_time = 5,
                                             .specific_mode = std::nullopt,
                                             .waiting_integer = 20,
                                             .ifsc = 254,
                                             .bwi_cwi = 0x65,
                                             .redundancy_code = 1}));
}

TEST(Atr, TakesTheParametersOfT1FromItsFirstBytesOnly) {
  const Atr atr = parse({0x3b, 0x80,  // TS T0
                         0x81,        // TD1: about T=1
                         0xb1,        // TD2: TA3 TB3 TD3, about T=1
                         0xfe, 0x45,  // TA3 TB3
                         0xf1,        // TD3: TA4 TB4 TC4 TD4, about T=1
                         0x20, 0x99,  // TA4 TB4
                         0x01, 0x1f,  // TC4 TD4: TA5, about T=15
                         0x03,        // TA5
                         0x5e});      // TCK
  EXPECT_TRUE(atr.checksum_ok());
  EXPECT_EQ(atr.parameters().ifsc, 254);
  EXPECT_EQ(atr.parameters().bwi_cwi, 0x45);
  EXPECT_EQ(atr.parameters().redundancy_code, 0);
}

TEST(Atr, SpeaksTheProtocolOfItsSpecificModeFirst) {
  const Atr dreamcrypt =
      parse({0x3b, 0x9c,  // TS T0
             0x13, 0x11,  // TA1 TD1: TA2, about T=1
             0x81,        // TA2: specific mode, T=1
             0x64, 0x72, 0x65, 0x61, 0x6d, 0x63, 0x72, 0x79, 0x70, 0x74, 0x00, 0x04, 0x08});  // TCK
  EXPECT_EQ(dreamcrypt.parameters().specific_mode, 0x81);
  EXPECT_EQ(dreamcrypt.first_protocol(), 1);

  const Atr other = parse({0x3b, 0x80, 0x10, 0x01});  // TD1: T=0, TA2: T=1
  EXPECT_EQ(exactly(other.protocols()), Buffer{0});
  EXPECT_EQ(other.first_protocol(), 1);
}

TEST(Atr, ListsEveryProtocolOnceInItsOrder) {
  Buffer bytes{0x3b, 0x80};
  for (const unsigned t :
       {14U, 0U, 1U, 1U, 0U, 15U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U}) {
    bytes.push_back(static_cast<std::uint8_t>(0x80U | t));
  }
  bytes.push_back(13);    // the last TD
  bytes.push_back(0x00);  // TCK
  EXPECT_EQ(exactly(parse(bytes).protocols()),
            (Buffer{14, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}));
}

TEST(Atr, IsAValue) {
  Atr atr = parse(cards()[0].atr);
  const Atr soft = atr;
  EXPECT_EQ(soft, atr);
  atr = parse(cards()[1].atr);
  EXPECT_NE(soft, atr);
  EXPECT_EQ(exactly(soft.bytes()), cards()[0].atr);
}

}  // namespace
}  // namespace vscard::protocol::iso7816
