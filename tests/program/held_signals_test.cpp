#include "program/held_signals.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>

namespace vscard::program {
namespace {

int handled = 0;

TEST(HeldSignals, ComeWhenTheyAreNoLongerHeld) {
  const auto before = std::signal(SIGTERM, [](int) { ++handled; });
  std::optional<HeldSignals> held(std::in_place);
  EXPECT_FALSE(held->pending());
  ::raise(SIGTERM);
  EXPECT_TRUE(held->pending());
  EXPECT_EQ(handled, 0);
  held.reset();
  EXPECT_EQ(handled, 1);
  std::signal(SIGTERM, before);
}

TEST(HeldSignals, AreNotThoseThatAreIgnored) {
  const auto before = std::signal(SIGINT, SIG_IGN);
  const HeldSignals held;
  ::raise(SIGINT);
  EXPECT_FALSE(held.pending());
  std::signal(SIGINT, before);
}

}  // namespace
}  // namespace vscard::program
