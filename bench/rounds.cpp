#include "bench/rounds.hpp"

#include "bench/peer_process.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <sched.h>

namespace vscard::bench {
namespace {

constexpr int kRounds = 5;

}  // namespace

std::vector<unsigned> choose_cores() {
  cpu_set_t allowed;
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<unsigned> cores;
  for (unsigned core = CPU_SETSIZE; core-- > 0 && cores.size() < 2;) {
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  }
  return cores;
}

void run_rounds(const Measure& measure) {
  const auto cores = choose_cores();
  pin_to_core(cores.front());
  fmt::print(stderr,
             "vsc-bench: on core {}, its peers on core {} and then {}: where the scheduler puts\n"
             "vsc-bench: two processes would otherwise change the figures several times over\n",
             cores.front(), cores.front(), cores.back());
  for (int round = 1; round <= kRounds; ++round) {
    fmt::print(stderr, "vsc-bench: round {} of {}\n", round, kRounds);
    for (const char* transport : {"tcp", "unix"}) {
      for (unsigned count = 1; count <= cores.size(); ++count) {
        measure({.transport = transport, .what = "", .cores = count}, cores[count - 1]);
      }
    }
  }
}

}  // namespace vscard::bench
