#include "bench/floor.hpp"
#include "bench/host.hpp"
#include "bench/instant_card.hpp"
#include "bench/peer_process.hpp"
#include "bench/readers.hpp"
#include "bench/report.hpp"
#include "bench/soft_card.hpp"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <sched.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace vscard::bench;

namespace {

constexpr const char* kUsage =
    "Usage: vsc-bench [--json] host VSCCLIENT CARD     VSC, and CARD in the program VSCCLIENT\n"
    "       vsc-bench [--json] readers CCID_PASSTHRU   readers of the program CCID_PASSTHRU\n"
    "       vsc-bench floor tcp|unix                   a ping-pong's median and 99th percentile\n";

constexpr const char* kFloor = "floor";
constexpr const char* kRelayedFloor = "floor: two ping-pongs";
/// The measurements take turns, so that a machine that gets busier does not favour one.
constexpr int kRounds = 5;
constexpr std::chrono::milliseconds kLength{200};
constexpr std::chrono::seconds kIdleLength{5};

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

std::string listen_address(const std::string& transport) {
  if (transport == "tcp") return "tcp://127.0.0.1:0";
  return fmt::format("unix:@vsc-bench-{}", ::getpid());
}

/// Measures all there is to measure over one transport, with the peers on one core.
using Measure = std::function<void(Report&, Report::Key, unsigned peer_core)>;

void run_rounds(Report& report, const Measure& measure) {
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

void measure_echo(Samples& samples, const std::string& listen, unsigned peer_core) {
  Host host(listen);
  const PeerProcess client(
      peer_core, [address = host.address()] { serve_instant_card(address, Acknowledge::AtOnce); });
  host.wait_for_card();
  samples.collect(kLength, [&] { host.exchange(kCommand); });
}

/// VSC between two programs, and a soft card in vscclient.
void measure_host(Format format, const std::string& vscclient, const std::string& card) {
  Report report(kFloor);
  run_rounds(report, [&](Report& into, Report::Key key, unsigned peer_core) {
    const auto samples_of = [&](std::string_view what) -> Samples& {
      key.what = what;
      return into.samples(key);
    };
    measure_floor(samples_of(kFloor), key.transport, peer_core, kLength);
    measure_echo(samples_of("VSC echo"), listen_address(key.transport), peer_core);
    Host host(listen_address(key.transport));
    const PeerProcess client(peer_core, {vscclient, "--log-level", "warning", "--vsc",
                                         "connect:" + host.address(), "--card", card});
    host.wait_for_card();
    measure_soft_card(
        host,
        [&](std::string_view what) -> Samples& {
          return samples_of("soft card: " + std::string(what));
        },
        kLength);
  });
  report.print(format);
}

/// A reader between a guest and a card, and readers that are idle.
void measure_readers(Format format, const std::string& program) {
  Report report(kRelayedFloor);
  run_rounds(report, [&](Report& into, Report::Key key, unsigned peer_core) {
    const auto samples_of = [&](std::string_view what) -> Samples& {
      key.what = what;
      return into.samples(key);
    };
    measure_relayed_floor(samples_of(kRelayedFloor), key.transport, peer_core, kLength);
    measure_reader(samples_of("reader"), program, key.transport, peer_core, kLength);
  });
  report.print(format);
  std::vector<IdleCost> costs;
  for (const std::size_t count : {1U, 100U, 1000U}) {
    costs.push_back(measure_idle_readers(program, count, choose_cores().back(), kIdleLength));
  }
  print(costs, format);
}

int run(std::vector<std::string> words) {
  const Format format = std::erase(words, "--json") > 0 ? Format::Json : Format::Table;
  std::signal(SIGPIPE, SIG_IGN);  // a failed write tells
  const std::string what = words.empty() ? "" : words.front();
  if (what == "host" && words.size() == 3) {
    measure_host(format, words[1], words[2]);
  } else if (what == "readers" && words.size() == 2) {
    measure_readers(format, words[1]);
  } else if (what == "floor" && words.size() == 2) {
    Samples samples;
    measure_floor(samples, words[1], choose_cores().front(), kLength);
    fmt::print("{:.1f} {:.1f}\n", samples.quantile(0.5), samples.quantile(0.99));
  } else {
    std::fputs(kUsage, stderr);
    return 2;
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
