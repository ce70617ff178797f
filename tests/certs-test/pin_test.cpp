#include "certs-test/pin.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <unistd.h>

namespace vscard::certs_test {
namespace {

using test::TempFolder;
using test::write_text;

using protocol::SecretBytes;
using testing::HasSubstr;
using testing::Not;

SecretBytes pin_of(std::string_view text) {
  SecretBytes pin = SecretBytes::with_capacity(text.size());
  for (const char c : text) pin.push_back(static_cast<std::uint8_t>(c));
  return pin;
}

TEST(Pin, HasFourToEightVisibleAsciiCharacters) {
  for (const char* good : {"1234", "12345678", "aB!~"})
    EXPECT_TRUE(check_pin(pin_of(good))) << good;
  for (const char* bad : {"", "123", "123456789", "12 34", "1234\t", "\xc3\xbcxyz", "1234\x7f"}) {
    EXPECT_FALSE(check_pin(pin_of(bad))) << bad;
  }
  EXPECT_FALSE(check_pin(SecretBytes::zeros(4)));
  EXPECT_TRUE(check_pin(default_pin()));
}

TEST(Pin, IsTheFirstLineOfAFile) {
  const TempFolder folder;
  for (const char* text : {"4711", "4711\n", "4711\r\n", "4711\nmore"}) {
    write_text(folder.path() / "pin", text);
    const auto pin = read_pin_file(folder.path() / "pin");
    ASSERT_TRUE(pin) << text;
    EXPECT_EQ(*pin, pin_of("4711")) << text;
  }
}

TEST(Pin, ErrorsNameTheFileAndTheLimitsButNotThePin) {
  const TempFolder folder;
  write_text(folder.path() / "pin", "nine-long");
  const auto pin = read_pin_file(folder.path() / "pin");
  ASSERT_FALSE(pin);
  EXPECT_THAT(pin.error().text, HasSubstr((folder.path() / "pin").string()));
  EXPECT_THAT(pin.error().text, HasSubstr("4 to 8"));
  EXPECT_THAT(pin.error().text, Not(HasSubstr("nine-long")));

  EXPECT_THAT(read_pin_file(folder.path() / "none").error().text, HasSubstr("No such file"));
}

TEST(Pin, ALineWithoutEndIsRefused) {
  const TempFolder folder;
  write_text(folder.path() / "pin", std::string(100'000, '1'));
  EXPECT_FALSE(read_pin_file(folder.path() / "pin"));
}

TEST(Pin, ComesFromADescriptorThatStaysOpen) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "4711\nrest", 9), 9);
  const auto pin = read_pin_fd(ends[0]);
  ASSERT_TRUE(pin);
  EXPECT_EQ(*pin, pin_of("4711"));
  std::array<char, 4> rest{};
  EXPECT_EQ(::read(ends[0], rest.data(), rest.size()), 4) << "only the line is taken";
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_FALSE(read_pin_fd(ends[0]));
}

TEST(PinString, EndsWithAZero) { EXPECT_STREQ(PinString(pin_of("4711")).c_str(), "4711"); }

}  // namespace
}  // namespace vscard::certs_test
