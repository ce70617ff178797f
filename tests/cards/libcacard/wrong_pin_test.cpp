#include "cards/libcacard/wrong_pin.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vscard::cards::libcacard {
namespace {

TEST(WrongPin, SaysHowManyTriesAreLeft) {
  EXPECT_EQ(wrong_pin_status(Token::Tries::NotCounted), 0x63cf);
  EXPECT_EQ(wrong_pin_status(Token::Tries::Fewer), 0x63c2);
  EXPECT_EQ(wrong_pin_status(Token::Tries::Last), 0x63c1);
  EXPECT_EQ(wrong_pin_status(Token::Tries::None), 0x6983);
}

TEST(WrongPin, IsAnAnswerToVerifyAlone) {
  EXPECT_TRUE(is_verify(std::array<std::uint8_t, 4>{0x00, 0x20, 0x00, 0x00}));
  EXPECT_FALSE(is_verify(std::array<std::uint8_t, 4>{0x00, 0x24, 0x00, 0x00}));
  EXPECT_FALSE(is_verify(std::array<std::uint8_t, 1>{0x20}));
}

}  // namespace
}  // namespace vscard::cards::libcacard
