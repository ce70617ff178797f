// Both machines over a line that breaks, splits and delays, for many seeds.

#include "tests/fakes/breaking_line.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <random>

namespace vscard::protocol::vsc {
namespace {

using namespace std::chrono_literals;

/// The line comes back before the time is over, and the cards stay in.
TEST(BreakingLine, LosesNothingAndDoesNothingTwice) {
  int answered = 0;
  int aborted = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    fakes::BreakingLine line;
    line.settle();
    ASSERT_TRUE(line.cards_seen());
    std::mt19937 choose(seed);
    for (int i = 0; i < 300; ++i) {
      const auto event = static_cast<std::uint8_t>(choose());
      const bool cut = event % 8 == 0;
      if (event % 8 < 6 && (!cut || event >= 224)) line.step(event);
      if (choose() % 4 == 0) line.step(1);
    }
    line.settle();
    ASSERT_EQ(line.wrong(), "") << seed;
    ASSERT_FALSE(line.pending()) << seed;
    ASSERT_EQ(line.lost, 0) << seed;
    ASSERT_EQ(line.cards_removed, 0) << seed;
    ASSERT_GT(line.resumed, 0) << seed;
    answered += line.answered;
    aborted += line.aborted;
  }
  EXPECT_GT(answered, 600);
  EXPECT_GT(aborted, 300);
}

TEST(BreakingLine, DoesNothingTwiceWhateverHappens) {
  int lost = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    fakes::BreakingLine line;
    line.settle();
    std::mt19937 choose(seed);
    for (int i = 0; i < 300; ++i) {
      const auto event = static_cast<std::uint8_t>(choose());
      if (event % 8 != 0 || event >= 224) line.step(event);
      if (choose() % 64 != 0) continue;
      line.step(0);
      line.pass(11s);
    }
    line.settle();
    ASSERT_EQ(line.wrong(), "") << seed;
    ASSERT_FALSE(line.pending()) << seed;
    ASSERT_TRUE(line.cards_seen()) << seed;
    lost += line.lost;
  }
  EXPECT_GT(lost, 0);
}

}  // namespace
}  // namespace vscard::protocol::vsc
