#include "chardev/number.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace vscard::chardev {
namespace {

TEST(Number, IsAllOfTheText) {
  EXPECT_EQ(parse_number<int>("0", 0, 10), 0);
  EXPECT_EQ(parse_number<int>("007", 0, 10), 7);
  for (const char* text : {"", " 1", "1 ", "+1", "1x", "x", "1.0", "0x1"}) {
    EXPECT_EQ(parse_number<int>(text, 0, 10), std::nullopt) << text;
  }
}

TEST(Number, IsWithinItsBounds) {
  EXPECT_EQ(parse_number<unsigned>("1", 1, 65535), 1U);
  EXPECT_EQ(parse_number<unsigned>("65535", 1, 65535), 65535U);
  EXPECT_EQ(parse_number<unsigned>("0", 1, 65535), std::nullopt);
  EXPECT_EQ(parse_number<unsigned>("65536", 1, 65535), std::nullopt);
  EXPECT_EQ(parse_number<int>("-1", -1, 1), -1);
  EXPECT_EQ(parse_number<int>("-1", 0, 1), std::nullopt);
}

TEST(Number, FitsItsType) {
  constexpr auto kMax = std::numeric_limits<std::uint16_t>::max();
  EXPECT_EQ(parse_number<std::uint16_t>("65535", 0, kMax), 65535);
  EXPECT_EQ(parse_number<std::uint16_t>("65536", 0, kMax), std::nullopt);
  EXPECT_EQ(parse_number<unsigned>("-1", 0, 10), std::nullopt);
  EXPECT_EQ(parse_number<int>("99999999999999999999", 0, 10), std::nullopt);
}

TEST(Number, HasItsBase) {
  EXPECT_EQ(parse_number<unsigned>("660", 0, 0777, 8), 0660U);
  EXPECT_EQ(parse_number<unsigned>("8", 0, 0777, 8), std::nullopt);
  EXPECT_EQ(parse_number<unsigned>("08e6", 0, 0xffff, 16), 0x08e6U);
}

}  // namespace
}  // namespace vscard::chardev
