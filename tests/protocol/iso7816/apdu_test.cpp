#include "protocol/iso7816/apdu.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace vscard::protocol::iso7816 {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer exactly(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

const Buffer kAid{0xa0, 0x00, 0x00, 0x00, 0x79, 0x03, 0x00};
const Buffer kPin{0xff, 0xff, 0xff, 0xff};

/// One command per row of the table at CommandApdu.
struct Case {
  std::string name;
  Buffer bytes;
  CommandApdu command;
  /// Sizes at which its beginning is a command too, of another case.
  std::set<std::size_t> valid_prefixes;
};

std::vector<Case> cases() {
  return {
      {.name = "1: DEACTIVATE FILE",
       .bytes = {0x00, 0x04, 0x00, 0x00},
       .command = {.ins = 0x04},
       .valid_prefixes = {}},
      {.name = "2S: GET CHALLENGE, 8 bytes",
       .bytes = {0x00, 0x84, 0x00, 0x00,  // CLA INS P1 P2
                 0x08},                   // Le
       .command = {.ins = 0x84, .ne = 8},
       .valid_prefixes = {4}},
      {.name = "2S: READ BINARY, all",
       .bytes = {0x00, 0xb0, 0x00, 0x00,  // CLA INS P1 P2
                 0x00},                   // Le: 256
       .command = {.ins = 0xb0, .ne = 256},
       .valid_prefixes = {4}},
      {.name = "3S: VERIFY",
       .bytes = {0x00, 0x20, 0x00, 0x00,   // CLA INS P1 P2
                 0x04,                     // Lc
                 0xff, 0xff, 0xff, 0xff},  // data
       .command = {.ins = 0x20, .data = kPin},
       .valid_prefixes = {4, 5}},
      {.name = "4S: SELECT by name",
       .bytes = {0x00, 0xa4, 0x04, 0x00,                    // CLA INS P1 P2
                 0x07,                                      // Lc
                 0xa0, 0x00, 0x00, 0x00, 0x79, 0x03, 0x00,  // data
                 0x00},                                     // Le: 256
       .command = {.ins = 0xa4, .p1 = 0x04, .data = kAid, .ne = 256},
       .valid_prefixes = {4, 5, 12}},
      {.name = "2E: READ BINARY, 4096 bytes",
       .bytes = {0x0c, 0xb0, 0x81, 0x02,  // CLA INS P1 P2
                 0x00,                    // extended lengths follow
                 0x10, 0x00},             // Le
       .command = {.cla = 0x0c,
                   .ins = 0xb0,
                   .p1 = 0x81,
                   .p2 = 0x02,
                   .ne = 4096,
                   .form = LengthForm::Extended},
       .valid_prefixes = {4, 5}},
      {.name = "2E: READ BINARY, all",
       .bytes = {0x00, 0xb0, 0x00, 0x00,  // CLA INS P1 P2
                 0x00,                    // extended lengths follow
                 0x00, 0x00},             // Le: 65536
       .command = {.ins = 0xb0, .ne = 65536, .form = LengthForm::Extended},
       .valid_prefixes = {4, 5}},
      {.name = "3E: VERIFY",
       .bytes = {0x00, 0x20, 0x00, 0x00,   // CLA INS P1 P2
                 0x00,                     // extended lengths follow
                 0x00, 0x04,               // Lc
                 0xff, 0xff, 0xff, 0xff},  // data
       .command = {.ins = 0x20, .data = kPin, .form = LengthForm::Extended},
       .valid_prefixes = {4, 5, 7}},
      {.name = "4E: PERFORM SECURITY OPERATION, compute a signature",
       .bytes = {0x00, 0x2a, 0x9e, 0x9a,  // CLA INS P1 P2
                 0x00,                    // extended lengths follow
                 0x00, 0x04,              // Lc
                 0xff, 0xff, 0xff, 0xff,  // data
                 0x02, 0x00},             // Le
       .command = {.ins = 0x2a,
                   .p1 = 0x9e,
                   .p2 = 0x9a,
                   .data = kPin,
                   .ne = 512,
                   .form = LengthForm::Extended},
       .valid_prefixes = {4, 5, 7, 11}},
  };
}

TEST(CommandApdu, ParsesEveryCase) {
  for (const Case& c : cases()) {
    const auto parsed = CommandApdu::parse(c.bytes);
    ASSERT_TRUE(parsed.has_value()) << c.name;
    EXPECT_EQ(*parsed, c.command) << c.name;
  }
}

TEST(CommandApdu, EncodesEveryCaseIntoABufferOfItsSize) {
  for (const Case& c : cases()) {
    const auto encoded = c.command.encode();
    ASSERT_TRUE(encoded.has_value()) << c.name;
    EXPECT_EQ(exactly(encoded->view()), c.bytes) << c.name;
    EXPECT_EQ(encoded->capacity(), c.bytes.size()) << c.name;
  }
}

TEST(CommandApdu, DataIsAViewIntoWhatWasParsed) {
  const Buffer bytes{0x00, 0x20, 0x00, 0x00, 0x02, 0xaa, 0xbb};
  EXPECT_EQ(CommandApdu::parse(bytes)->data.data(), bytes.data() + 5);
}

TEST(CommandApdu, RefusesATruncatedCommandUnlessItIsOneOfAnotherCase) {
  for (const Case& c : cases()) {
    for (std::size_t size = 0; size < c.bytes.size(); ++size) {
      const Buffer prefix = exactly(Bytes(c.bytes).first(size));
      const auto parsed = CommandApdu::parse(prefix);
      EXPECT_EQ(parsed.has_value(), c.valid_prefixes.contains(size))
          << c.name << " cut to " << size;
      if (!parsed) {
        EXPECT_EQ(parsed.error(), Errc::BadApdu);
      }
    }
  }
}

TEST(CommandApdu, RefusesLengthsThatDoNotAgree) {
  const std::vector<Buffer> malformed{
      {0x00, 0xa4, 0x04, 0x00, 0x00, 0x00},                    // Lc 0, then Le
      {0x00, 0xa4, 0x04, 0x00, 0x07, 0x00},                    // Le, then one byte more
      {0x00, 0x20, 0x00, 0x00, 0x02, 0xaa},                    // short Lc one too large
      {0x00, 0x20, 0x00, 0x00, 0x01, 0xaa, 0x00, 0x00},        // a byte after short Le
      {0x00, 0xb0, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00},        // a byte after extended Le
      {0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x02, 0xaa},        // extended Lc one too large
      {0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x01, 0xaa, 0x00},  // half an extended Le
      {0x00, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},  // extended Lc 0, then Le
      {0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x01, 0xaa, 0x00, 0x00, 0x00},  // a byte after 4E
  };
  for (const Buffer& bytes : malformed) {
    const auto parsed = CommandApdu::parse(bytes);
    ASSERT_FALSE(parsed.has_value()) << testing::PrintToString(bytes);
    EXPECT_EQ(parsed.error(), Errc::BadApdu);
  }
}

void expect_round_trip(const CommandApdu& command, std::size_t size) {
  const auto encoded = command.encode();
  ASSERT_TRUE(encoded.has_value());
  EXPECT_EQ(encoded->size(), size);
  const auto parsed = CommandApdu::parse(encoded->view());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, command);
}

TEST(CommandApdu, HoldsTheLargestOfEachForm) {
  const Buffer data(kMaxExtendedData, 0x5a);
  expect_round_trip({.data = Bytes(data).first(kMaxShortData), .ne = kMaxShortNe}, 261);
  expect_round_trip({.data = data, .ne = kMaxExtendedNe, .form = LengthForm::Extended}, 65544);
  EXPECT_EQ(kMaxShortCommand, 261U);
  EXPECT_EQ(kMaxCommandApdu, 65544U);
}

TEST(CommandApdu, DoesNotEncodeWhatItsFormCannotWrite) {
  const Buffer data(kMaxExtendedData + 1, 0x5a);
  const std::vector<CommandApdu> too_large{
      {.data = Bytes(data).first(kMaxShortData + 1)},
      {.ne = kMaxShortNe + 1},
      {.data = data, .form = LengthForm::Extended},
      {.ne = kMaxExtendedNe + 1, .form = LengthForm::Extended},
  };
  for (const CommandApdu& command : too_large) {
    const auto encoded = command.encode();
    ASSERT_FALSE(encoded.has_value()) << command.data.size() << " bytes, Ne " << command.ne;
    EXPECT_EQ(encoded.error(), Errc::BadApdu);
  }
}

TEST(CommandApdu, NeedsNoLengthFieldInCase1WhateverItsForm) {
  const CommandApdu command{.ins = 0x04, .form = LengthForm::Extended};
  EXPECT_EQ(exactly(command.encode()->view()), (Buffer{0x00, 0x04, 0x00, 0x00}));
}

TEST(ResponseApdu, IsDataAndAStatusWord) {
  const Buffer bytes{0x6f, 0x0b,   // data
                     0x63, 0xc2};  // SW1 SW2: two tries left
  const auto parsed = ResponseApdu::parse(bytes);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(exactly(parsed->data), (Buffer{0x6f, 0x0b}));
  EXPECT_EQ(parsed->status, StatusWord{0x63c2});
  EXPECT_EQ(exactly(parsed->encode().view()), bytes);
  EXPECT_EQ(parsed->encode().capacity(), bytes.size());
}

TEST(ResponseApdu, MayHaveNoData) {
  const Buffer bytes{0x90, 0x00};
  EXPECT_EQ(ResponseApdu::parse(bytes), (ResponseApdu{.status = StatusWord::Success}));
}

TEST(ResponseApdu, RefusesLessThanAStatusWordAndMoreThanTheLargest) {
  const Buffer bytes(kMaxResponseApdu + 1, 0x90);
  EXPECT_EQ(kMaxShortResponse, 258U);
  EXPECT_EQ(kMaxResponseApdu, 65538U);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kMaxResponseApdu + 1}) {
    const auto parsed = ResponseApdu::parse(exactly(Bytes(bytes).first(size)));
    ASSERT_FALSE(parsed.has_value()) << size;
    EXPECT_EQ(parsed.error(), Errc::BadLength);
  }
  const Buffer largest = exactly(Bytes(bytes).first(kMaxResponseApdu));
  EXPECT_EQ(ResponseApdu::parse(largest)->data.size(), 65536U);
}

TEST(StatusWord, GivesTheBytesOfALocalAnswer) {
  static_assert(status_bytes(StatusWord::Success) == std::array<std::uint8_t, 2>{0x90, 0x00});
  const auto answer = status_bytes(StatusWord::WrongLength);
  EXPECT_EQ(ResponseApdu::parse(answer), (ResponseApdu{.status = StatusWord::WrongLength}));
  EXPECT_EQ(exactly(answer), (Buffer{0x67, 0x00}));
}

}  // namespace
}  // namespace vscard::protocol::iso7816
