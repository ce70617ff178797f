#include "cards/faults/faults.hpp"

#include "tests/fakes/cards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vscard::cards::faults {
namespace {

using Outcome = Verdict::Outcome;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

Faults faults_of(std::initializer_list<std::string_view> texts) {
  Faults faults;
  for (const std::string_view text : texts) faults.add(parse_fault(text).value());
  return faults;
}

Verdict on(Faults& faults, const std::string& command) {
  return faults.on_command(fakes::from_hex(command));
}

/// Which of so many commands are hit, from 1 on.
std::vector<int> hit(Faults faults, int commands, const std::string& command = "00b00000") {
  std::vector<int> numbers;
  for (int i = 1; i <= commands; ++i) {
    if (!on(faults, command).fired.empty()) numbers.push_back(i);
  }
  return numbers;
}

TEST(Faults, HitTheCommandsThatTheirConditionsSay) {
  EXPECT_THAT(hit(faults_of({"mute"}), 3), ElementsAre(1, 2, 3));
  EXPECT_THAT(hit(faults_of({"mute-after:2"}), 4), ElementsAre(3, 4));
  EXPECT_THAT(hit(faults_of({"mute@every=2"}), 5), ElementsAre(2, 4));
  EXPECT_THAT(hit(faults_of({"mute@after=1@every=2"}), 6), ElementsAre(3, 5));
  EXPECT_THAT(hit(faults_of({"mute@times=2"}), 4), ElementsAre(1, 2));
  EXPECT_THAT(hit(faults_of({"mute@times=0"}), 4), IsEmpty());
  EXPECT_THAT(hit(faults_of({"mute@ins=b0@cla=00"}), 1), ElementsAre(1));
  EXPECT_THAT(hit(faults_of({"mute@ins=b2"}), 2), IsEmpty());
  EXPECT_THAT(hit(faults_of({"mute@cla=80"}), 2), IsEmpty());
  EXPECT_THAT(hit(faults_of({"mute@p=0"}), 2), IsEmpty());
  EXPECT_THAT(hit(faults_of({"mute"}), 1, "00"), IsEmpty()) << "which has no instruction";
}

TEST(Faults, CountOnlyTheCommandsOfTheirInstruction) {
  Faults faults = faults_of({"mute@ins=b0@every=2"});
  EXPECT_EQ(on(faults, "00b00000").outcome, Outcome::Answered);
  EXPECT_EQ(on(faults, "00a40000").outcome, Outcome::Answered);
  EXPECT_EQ(on(faults, "00b00000").outcome, Outcome::Mute);
}

// The numbers are those of std::mt19937_64, so they are the same everywhere.
TEST(Faults, AreTheSameForTheSameSeed) {
  EXPECT_THAT(hit(faults_of({"mute@p=0.1@seed=7"}), 50), hit(faults_of({"mute@p=0.1@seed=7"}), 50));
  EXPECT_NE(hit(faults_of({"mute@p=0.1@seed=7"}), 50), hit(faults_of({"mute@p=0.1@seed=8"}), 50));
  EXPECT_THAT(hit(faults_of({"mute@p=0.1@seed=7"}), 50), ElementsAre(6, 23, 24, 32, 45));
}

TEST(Faults, HitAsOftenAsTheirProbabilitySays) {
  const auto count = hit(faults_of({"flip-bit@p=0.25"}), 10'000).size();
  EXPECT_GT(count, 2'300U);
  EXPECT_LT(count, 2'700U);
}

TEST(Faults, SayWhatBecomesOfTheCommand) {
  Faults status = faults_of({"sw:6982"});
  EXPECT_EQ(on(status, "00b00000").outcome, Outcome::Status);
  EXPECT_EQ(on(status, "00b00000").status, 0x6982);
  Faults removal = faults_of({"remove-in@back=2s"});
  EXPECT_EQ(on(removal, "00b00000").outcome, Outcome::Removed);
  EXPECT_EQ(on(removal, "00b00000").back, std::chrono::seconds(2));
  Faults reset = faults_of({"reset-by-other"});
  EXPECT_EQ(on(reset, "00b00000").outcome, Outcome::Reset);
}

TEST(Faults, GoTogether) {
  Faults faults = faults_of({"slow:1s", "slow:2s@times=1", "sw:6a82@after=1", "mute", "flip-bit"});
  const Verdict first = on(faults, "00b00000");
  EXPECT_EQ(first.slow, std::chrono::seconds(3));
  EXPECT_EQ(first.outcome, Outcome::Mute);
  EXPECT_THAT(first.fired, ElementsAre("slow:1s", "slow:2s@times=1", "mute"));
  const Verdict second = on(faults, "00b00000");
  EXPECT_EQ(second.slow, std::chrono::seconds(1));
  EXPECT_EQ(second.outcome, Outcome::Status) << "of those in place of the card the first";
  std::vector<std::uint64_t> fired;
  for (const auto& listed : faults.list()) fired.push_back(listed.fired);
  EXPECT_THAT(fired, ElementsAre(2, 1, 1, 1, 0));
}

TEST(Faults, OfTheAtrHitNoCommand) {
  Faults faults = faults_of({"atr:3b00", "atr:3b01ff"});
  EXPECT_THAT(on(faults, "00b00000").fired, IsEmpty());
  const auto shown = faults.on_power();
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->atr, fakes::atr("3b00"));
  EXPECT_EQ(shown->fired, "atr:3b00");
  EXPECT_FALSE(faults_of({"mute"}).on_power());
}

TEST(Faults, AreNoneAfterTheyAreCleared) {
  Faults faults = faults_of({"mute"});
  faults.clear();
  EXPECT_TRUE(faults.empty());
  EXPECT_EQ(on(faults, "00b00000").outcome, Outcome::Answered);
}

std::string spoilt(const std::string& response, const Verdict& verdict) {
  auto bytes = fakes::secret(response);
  spoil(bytes, verdict);
  return fakes::to_hex(bytes.view());
}

Verdict kept(std::size_t size) {
  Verdict verdict;
  verdict.kept = size;
  return verdict;
}

Verdict flipped(std::vector<std::uint64_t> bits, std::size_t size = 100) {
  Verdict verdict = kept(size);
  verdict.flips = std::move(bits);
  return verdict;
}

TEST(SpoiltResponses, AreCut) {
  EXPECT_EQ(spoilt("0102039000", kept(4)), "01020390");
  EXPECT_EQ(spoilt("9000", kept(4)), "9000");
  EXPECT_EQ(spoilt("0102039000", Verdict()), "0102039000");
}

TEST(SpoiltResponses, HaveOneBitFlipped) {
  EXPECT_EQ(spoilt("00009000", flipped({0})), "01009000");
  EXPECT_EQ(spoilt("00009000", flipped({31})), "00009080");
  EXPECT_EQ(spoilt("00009000", flipped({33})), "02009000");
  EXPECT_EQ(spoilt("00009000", flipped({17, 8}, 2)), "0201");
}

}  // namespace
}  // namespace vscard::cards::faults
