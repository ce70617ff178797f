#include "bench/floor.hpp"
#include "bench/host.hpp"
#include "bench/instant_card.hpp"
#include "bench/peer_process.hpp"
#include "bench/report.hpp"
#include "bench/soft_card.hpp"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <sched.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace vscard::bench;

namespace {

constexpr const char* kUsage =
    "Usage: vsc-bench [--json] VSCCLIENT CARD   measures round trips, CARD in the program "
    "VSCCLIENT\n"
    "       vsc-bench answer ADDRESS            is a client that acknowledges late, for a host\n";

/// The measurements take turns, so that a machine that gets busier does not favour one.
constexpr int kRounds = 5;
constexpr std::chrono::milliseconds kLength{200};

/// The last of the cores that may be used: the system's own work tends to be on the first.
std::vector<unsigned> choose_cores() {
  cpu_set_t allowed;
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<unsigned> cores;
  for (unsigned core = CPU_SETSIZE; core-- > 0 && cores.size() < 2;) {
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  }
  return cores;
}

constexpr std::array<std::uint8_t, 5> kCommand{0x00, 0xc0, 0x00, 0x00, 0x00};

class Benchmark {
 public:
  Benchmark(std::string vscclient, std::string card)
      : vscclient_(std::move(vscclient)), card_(std::move(card)) {}

  void run(Report& report) {
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
          measure(report, {.transport = transport, .what = "", .cores = count}, cores[count - 1]);
        }
      }
    }
  }

 private:
  void measure(Report& report, Report::Key key, unsigned peer_core) const {
    const auto samples_of = [&](std::string_view what) -> Samples& {
      key.what = what;
      return report.samples(key);
    };
    measure_floor(samples_of(Report::kFloor), key.transport, peer_core, kLength);
    measure_echo(samples_of("VSC echo"), listen_address(key.transport), peer_core);
    Host host(listen_address(key.transport));
    const PeerProcess client(peer_core, {vscclient_, "--log-level", "warning", "--vsc",
                                         "connect:" + host.address(), "--card", card_});
    host.wait_for_card();
    measure_soft_card(
        host,
        [&](std::string_view what) -> Samples& {
          return samples_of("soft card: " + std::string(what));
        },
        kLength);
  }

  static void measure_echo(Samples& samples, const std::string& listen, unsigned peer_core) {
    Host host(listen);
    const PeerProcess client(peer_core, [address = host.address()] {
      serve_instant_card(address, Acknowledge::AtOnce);
    });
    host.wait_for_card();
    samples.collect(kLength, [&] { host.exchange(kCommand); });
  }

  static std::string listen_address(const std::string& transport) {
    if (transport == "tcp") return "tcp://127.0.0.1:0";
    return fmt::format("unix:@vsc-bench-{}", ::getpid());
  }

  std::string vscclient_;
  std::string card_;
};

int run(std::vector<std::string> words) {
  if (words.size() == 2 && words[0] == "answer") {
    serve_instant_card(words[1], Acknowledge::AsTheSystemDoes);
    return 0;
  }
  const bool json = std::erase(words, "--json") > 0;
  if (words.size() != 2) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a failed write tells
  Report report;
  Benchmark(words[0], words[1]).run(report);
  if (json) {
    report.print_json();
  } else {
    report.print_table();
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vsc-bench: %s\n", error.what());
    return 1;
  }
}
