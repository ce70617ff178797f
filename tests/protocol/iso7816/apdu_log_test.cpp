#include "protocol/iso7816/apdu_log.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vscard::protocol::iso7816 {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer operator+(Buffer a, const Buffer& b) {
  a.insert(a.end(), b.begin(), b.end());
  a.shrink_to_fit();
  return a;
}

TEST(DescribeCommand, ShowsAHarmlessCommand) {
  const Buffer select{0x00, 0xa4, 0x04, 0x00,                    // CLA INS P1 P2
                      0x07,                                      // Lc
                      0xa0, 0x00, 0x00, 0x00, 0x79, 0x03, 0x00,  // data
                      0x00};                                     // Le
  EXPECT_EQ(describe_command(select), "00 a4 04 00, 7 bytes of data: a0 00 00 00 79 03 00, Ne 256");
  EXPECT_EQ(describe_command(Buffer{0x00, 0x84, 0x00, 0x00, 0x08}), "00 84 00 00, Ne 8");
  EXPECT_EQ(describe_command(Buffer{0x00, 0xb0, 0x00, 0x00}), "00 b0 00 00");
}

TEST(DescribeCommand, CountsTheBytesOfAnyOther) {
  const Buffer verify{0x00, 0x20, 0x00, 0x00,         // CLA INS P1 P2
                      0x04, 0x31, 0x32, 0x33, 0x34};  // Lc, the PIN
  EXPECT_EQ(describe_command(verify), "00 20 00 00, then 5 bytes not shown");
  EXPECT_EQ(describe_command(Buffer{0x00, 0x04, 0x00, 0x00}), "00 04 00 00");
}

TEST(DescribeCommand, ShowsOnlyTheHeaderOfAMalformedOne) {
  EXPECT_EQ(describe_command({}), "malformed: ");
  EXPECT_EQ(describe_command(Buffer{0x00, 0xa4, 0x04}), "malformed: 00 a4 04");
  EXPECT_EQ(describe_command(Buffer{0x00, 0xa4, 0x04, 0x00, 0x07, 0xa0}),
            "malformed: 00 a4 04 00, then 2 bytes not shown");
}

TEST(DescribeCommand, CutsLongData) {
  std::string shown = " 5a";
  for (std::size_t i = 1; i < kMaxLoggedData; ++i) shown += " 5a";
  const Buffer header{0x00, 0xa4, 0x00, 0x00};
  const Buffer limit(kMaxLoggedData, 0x5a);
  const Buffer above(kMaxLoggedData + 1, 0x5a);
  EXPECT_EQ(describe_command(header + Buffer{32} + limit),
            "00 a4 00 00, 32 bytes of data:" + shown);
  EXPECT_EQ(describe_command(header + Buffer{33} + above),
            "00 a4 00 00, 33 bytes of data:" + shown + " ...");
}

/// Everything that may stand behind a header when somebody meant to send this PIN: well formed,
/// with wrong lengths, and cut anywhere.
std::vector<Buffer> bodies(const Buffer& pin) {
  const auto size = static_cast<std::uint8_t>(pin.size());
  const std::vector<Buffer> whole{
      Buffer{size} + pin + Buffer{0x00},                    // short
      Buffer{0x00, 0x00, size} + pin + Buffer{0x00, 0x00},  // extended
      Buffer{static_cast<std::uint8_t>(size - 1)} + pin,    // its last byte is where Le is
      Buffer{0x00, 0x00, static_cast<std::uint8_t>(size - 2)} + pin,  // its last two are
      Buffer{static_cast<std::uint8_t>(size + 2)} + pin,              // Lc too large
      Buffer{0x00} + pin,                                             // where extended Lc or Le is
      pin,                                                            // where Lc or Le is
  };
  std::vector<Buffer> cut;
  for (const Buffer& body : whole) {
    for (std::size_t length = 0; length <= body.size(); ++length) {
      cut.emplace_back(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(length));
    }
  }
  return cut;
}

/// What a trace may show; anything else is taken to carry a PIN or a key.
const std::set<unsigned> kShown{0x22, 0x84, 0xa4, 0xb0, 0xb1, 0xb2, 0xb3, 0xc0, 0xca, 0xcb};

TEST(DescribeCommand, SaysTheSameWhateverThePinIs) {
  const std::vector<Buffer> ones = bodies({'1', '2', '3', '4', '5', '6'});
  const std::vector<Buffer> others = bodies({0x08, 0x01, 0xc7, 0x00, 0xff, 0x9e});
  for (unsigned ins = 0; ins <= 0xff; ++ins) {
    if (kShown.contains(ins)) continue;
    for (const unsigned cla : {0x00U, 0x03U, 0x0cU, 0x10U, 0x40U, 0x80U, 0x84U, 0xffU}) {
      const Buffer header{static_cast<std::uint8_t>(cla), static_cast<std::uint8_t>(ins), 0, 0};
      for (std::size_t i = 0; i < ones.size(); ++i) {
        ASSERT_EQ(describe_command(header + ones[i]), describe_command(header + others[i]));
      }
    }
  }
}

TEST(DescribeCommand, ShowsNoByteOfAMalformedCommandWhateverItsInstruction) {
  for (unsigned ins = 0; ins <= 0xff; ++ins) {
    const Buffer header{0x00, static_cast<std::uint8_t>(ins), 0x00, 0x00};
    for (const Buffer& body : bodies({0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6})) {
      const Buffer command = header + body;
      if (CommandApdu::parse(command).has_value()) continue;
      const std::string line = describe_command(command);
      ASSERT_TRUE(line.ends_with(std::to_string(body.size()) +
                                 (body.size() == 1 ? " byte not shown" : " bytes not shown")))
          << line;
    }
  }
}

TEST(DescribeCommand, ShowsDataOfNothingButTheHarmlessInstructionsInPlainClasses) {
  for (unsigned cla = 0; cla <= 0xff; ++cla) {
    for (unsigned ins = 0; ins <= 0xff; ++ins) {
      const Buffer command{static_cast<std::uint8_t>(cla),
                           static_cast<std::uint8_t>(ins),
                           0x00,
                           0x00,
                           0x02,
                           0x12,
                           0x34};
      const bool shown = describe_command(command).ends_with("12 34");
      ASSERT_EQ(shown, cla <= 3 && kShown.contains(ins)) << "CLA " << cla << " INS " << ins;
    }
  }
}

TEST(DescribeResponse, ShowsTheStatusWordAndNoData) {
  EXPECT_EQ(describe_response(Buffer{0x90, 0x00}), "90 00, 0 bytes of data");
  EXPECT_EQ(describe_response(Buffer{0xaa, 0x61, 0x0d}), "61 0d, 1 byte of data");
  EXPECT_EQ(describe_response(Buffer(kMaxResponseApdu, 0x6a)), "6a 6a, 65536 bytes of data");
}

TEST(DescribeResponse, ShowsNoByteOfAMalformedOne) {
  EXPECT_EQ(describe_response({}), "malformed: 0 bytes");
  EXPECT_EQ(describe_response(Buffer{0x90}), "malformed: 1 byte");
}

}  // namespace
}  // namespace vscard::protocol::iso7816
