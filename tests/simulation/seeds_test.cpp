// Lives of the whole system, each one from a seed: see world.hpp. A seed whose life has a fault is
// printed with its events. It alone once more:
//
//     SIMULATION_SEED=77 build/asan/tests/simulation/simulation_test --gtest_filter='*Lives*/0'
//
// More lives, from a fuzzer's bytes: ./run fuzz simulation

#include "tests/simulation/run.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

namespace vscard::tests::simulation {
namespace {

/// In four parts, which may run beside each other.
constexpr std::uint64_t kSeeds = 10'000;
constexpr std::uint64_t kPart = kSeeds / 4;

std::optional<std::uint64_t> wanted_seed() {
  const char* const text =
      std::getenv("SIMULATION_SEED");  // NOLINT(concurrency-mt-unsafe): no thread
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

class Lives : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Lives, KeepTheirInvariants) {
  const auto wanted = wanted_seed();
  const std::uint64_t first = wanted.value_or(GetParam());
  const std::uint64_t end = first + (wanted ? 1 : kPart);
  for (std::uint64_t seed = first; seed < end; ++seed) {
    const std::string fault = fault_of(seed);
    ASSERT_TRUE(fault.empty()) << "SIMULATION_SEED=" << seed << ": " << fault;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Lives, testing::Values(0, kPart, 2 * kPart, 3 * kPart));

}  // namespace
}  // namespace vscard::tests::simulation
