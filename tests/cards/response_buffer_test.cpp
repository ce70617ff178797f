#include "cards/response_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace vscard::cards {
namespace {

bool is_clean(ResponseBuffer& buffer) {
  return std::ranges::all_of(buffer.room(), [](std::uint8_t byte) { return byte == 0; });
}

TEST(ResponseBuffer, HasRoomForTheLongestResponse) {
  ResponseBuffer buffer;
  EXPECT_EQ(buffer.room().size(), 65538U);
  EXPECT_TRUE(is_clean(buffer));
}

TEST(ResponseBuffer, KeepsNothingOfWhatIsTaken) {
  ResponseBuffer buffer;
  for (const std::size_t size : {std::size_t{2}, std::size_t{258}, buffer.room().size()}) {
    std::ranges::fill(buffer.room().first(size), std::uint8_t{0x90});
    const auto response = buffer.take(size);
    EXPECT_EQ(response.size(), size);
    EXPECT_EQ(std::ranges::count(response.view(), 0x90), static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(is_clean(buffer)) << size;
  }
}

TEST(ResponseBuffer, KeepsNothingOfWhatFailed) {
  ResponseBuffer buffer;
  buffer.room().back() = 1;
  buffer.wipe();
  EXPECT_TRUE(is_clean(buffer));
}

}  // namespace
}  // namespace vscard::cards
