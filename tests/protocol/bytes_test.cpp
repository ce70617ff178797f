#include "protocol/bytes.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vscard::protocol {
namespace {

TEST(ByteReader, ReadsBothByteOrders) {
  const std::vector<std::uint8_t> bytes{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
                                        0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d};
  ByteReader in(bytes);
  EXPECT_EQ(in.u8(), 0x01);
  EXPECT_EQ(in.u16_be(), 0x0203);
  EXPECT_EQ(in.u32_be(), 0x04050607U);
  EXPECT_EQ(in.u16_le(), 0x0908);
  EXPECT_EQ(in.u32_le(), 0x0d0c0b0aU);
  EXPECT_TRUE(in.ok_and_done());
}

TEST(ByteReader, StaysInErrorAfterAShortRead) {
  const std::vector<std::uint8_t> bytes{0xff, 0xff, 0xff};
  ByteReader in(bytes);
  EXPECT_EQ(in.u32_be(), 0U);
  EXPECT_EQ(in.u8(), 0);
  EXPECT_TRUE(in.rest().empty());
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, TellsLeftoverBytes) {
  const std::vector<std::uint8_t> bytes{0x01, 0x02};
  ByteReader in(bytes);
  in.u8();
  EXPECT_TRUE(in.ok());
  EXPECT_FALSE(in.ok_and_done());
}

TEST(ByteWriter, WritesBothByteOrders) {
  std::vector<std::uint8_t> bytes;
  ByteWriter out(bytes);
  out.u8(0x01);
  out.u16_be(0x0203);
  out.u32_be(0x04050607);
  out.u16_le(0x0908);
  out.u32_le(0x0d0c0b0a);
  const std::vector<std::uint8_t> expected{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
                                           0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d};
  EXPECT_EQ(bytes, expected);
}

}  // namespace
}  // namespace vscard::protocol
