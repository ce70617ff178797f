#include "inspect/intake.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace vscard::inspect {
namespace {

using State = Intake::State;

SeenEvent line(std::size_t size) { return {.line = std::string(size, 'x')}; }

TEST(Intake, GivesWhatWasPutInItsOrder) {
  Intake intake;
  EXPECT_EQ(intake.put(SeenEvent{.line = "a"}), State::Quiet);
  EXPECT_EQ(intake.put(SeenEvent{.line = "b"}), State::Quiet);
  const auto taken = intake.take();
  ASSERT_EQ(taken.seen.size(), 2U);
  EXPECT_EQ(std::get<SeenEvent>(taken.seen[1]).line, "b");
  EXPECT_TRUE(intake.take().seen.empty());
}

TEST(Intake, SaysOnceThatItIsHalfFull) {
  Intake intake;
  EXPECT_EQ(intake.put(line(Intake::kMaxBytes / 2)), State::Ready);
  EXPECT_EQ(intake.put(line(1)), State::Quiet);
  intake.take();
  EXPECT_EQ(intake.put(line(Intake::kMaxBytes / 2)), State::Ready);
}

TEST(Intake, DropsAndCountsWhatDoesNotFit) {
  Intake intake;
  intake.put(line(Intake::kMaxBytes - 1000));
  intake.put(line(1000));
  intake.put(line(1));
  const auto taken = intake.take();
  EXPECT_EQ(taken.seen.size(), 1U);
  EXPECT_EQ(taken.dropped, 2U) << "also the short one, for the order";
  intake.put(line(1));
  EXPECT_EQ(intake.take().dropped, 0U);
}

TEST(Intake, IsForTwoThreads) {
  constexpr std::size_t kCount = 20'000;
  Intake intake;
  std::jthread puts([&intake] {
    for (std::size_t i = 0; i < kCount; ++i) intake.put(line(1));
  });
  std::size_t got = 0;
  while (got < kCount) {
    const auto taken = intake.take();
    got += taken.seen.size() + taken.dropped;
  }
  EXPECT_EQ(got, kCount);
}

}  // namespace
}  // namespace vscard::inspect
