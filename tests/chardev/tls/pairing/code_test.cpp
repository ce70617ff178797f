#include "chardev/tls/pairing/code.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace vscard::chardev::tls::pairing {
namespace {

Result<protocol::SecretBytes> parse(const std::string& text) {
  return parse_code(
      {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()});
}
std::string error_of(const std::string& text) {
  const auto code = parse(text);
  return code ? "" : code.error().text;
}

TEST(PairingCode, IsReadAsItIsShown) {
  const auto code = new_code();
  const std::string shown = in_groups(code);
  EXPECT_EQ(shown.size(), kCodeSize + 5);
  EXPECT_EQ(*parse(shown), code);
  EXPECT_FALSE(new_code() == code);
}

TEST(PairingCode, MayBeTypedInManyWays) {
  const auto code = parse("0123-4567-89AB-CDEF-GHJK-MNP2");
  ASSERT_TRUE(code) << code.error().text;
  EXPECT_EQ(*parse("o i 2 3 4567 89ab cdef\tghjk--mnp2 "), *code);
}

TEST(PairingCode, ShowsATypoBeforeAnybodyConnects) {
  const std::string code = "0123456789ABCDEFGHJKMNP2";
  ASSERT_EQ(error_of(code), "");
  for (std::size_t i = 0; i < code.size(); ++i) {
    std::string wrong = code;
    wrong[i] = wrong[i] == 'Z' ? 'Y' : 'Z';
    EXPECT_EQ(error_of(wrong), "a character is wrong: compare the code") << i;
    for (std::size_t j = i + 1; j < code.size(); ++j) {
      if (code[i] == code[j]) continue;
      std::string swapped = code;
      std::swap(swapped[i], swapped[j]);
      EXPECT_NE(error_of(swapped), "") << i << " and " << j;
    }
  }
}

TEST(PairingCode, HasItsLengthAndItsLetters) {
  EXPECT_EQ(error_of(""), "a code has 24 letters and digits; there are 0");
  EXPECT_EQ(error_of("0123"), "a code has 24 letters and digits; there are 4");
  EXPECT_EQ(error_of(std::string(1000, '0')), "a code has 24 letters and digits; there are more");
  EXPECT_EQ(error_of("0123-4567-89AB-CDEF-GHJK-MNPU"),
            "a code has letters and digits, without U, and dashes");
}

}  // namespace
}  // namespace vscard::chardev::tls::pairing
