#include "bench/captures.hpp"
#include "bench/first_card.hpp"
#include "bench/floor.hpp"
#include "bench/host.hpp"
#include "bench/instant_card.hpp"
#include "bench/peer_process.hpp"
#include "bench/piv_card.hpp"
#include "bench/readers.hpp"
#include "bench/report.hpp"
#include "bench/rounds.hpp"
#include "bench/soft_card.hpp"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <unistd.h>
#include <vector>

using namespace vscard::bench;

namespace {

constexpr const char* kUsage =
    "Usage: vsc-bench [--json] host VSCCLIENT CARD PIV  VSC, and a CAC and a PIV card in the\n"
    "                                                  program VSCCLIENT\n"
    "       vsc-bench [--json] first-card VSCCLIENT    until a user without a card has one\n"
    "       vsc-bench [--json] readers CCID_PASSTHRU   readers of the program CCID_PASSTHRU\n"
    "       vsc-bench [--json] captures                what --capture and --inspect cost an APDU\n"
    "       vsc-bench exchanges COUNT                  guest and client for a reader; it\n"
    "                                                  connects to the addresses printed\n"
    "       vsc-bench floor tcp|unix                   a ping-pong's median and 99th percentile\n";

constexpr const char* kFloor = "floor";
constexpr const char* kRelayedFloor = "floor: two ping-pongs";
constexpr std::chrono::seconds kIdleLength{5};
constexpr std::array<std::uint8_t, 5> kCommand{0x00, 0xc0, 0x00, 0x00, 0x00};

std::string listen_address(const std::string& transport) {
  if (transport == "tcp") return "tcp://127.0.0.1:0";
  return fmt::format("unix:@vsc-bench-{}", ::getpid());
}

void measure_echo(Samples& samples, const std::string& listen, unsigned peer_core) {
  Host host(listen);
  const PeerProcess client(
      peer_core, [address = host.address()] { serve_instant_card(address, Acknowledge::AtOnce); });
  host.wait_for_card();
  samples.collect(kLength, [&] { host.exchange(kCommand); });
}

/// VSC between two programs, and a soft card in vscclient.
void measure_host(Format format, const std::string& vscclient, const std::string& soft,
                  const std::string& piv) {
  Report report(kFloor);
  run_rounds([&](Report::Key key, unsigned peer_core) {
    const auto samples_of = [&](std::string_view what) -> Samples& {
      key.what = what;
      return report.samples(key);
    };
    measure_floor(samples_of(kFloor), key.transport, peer_core, kLength);
    measure_echo(samples_of("VSC echo"), listen_address(key.transport), peer_core);
    for (const auto& [name, card, measure] : {std::tuple{"soft card: ", soft, &measure_soft_card},
                                              {"PIV card: ", piv, &measure_piv_card}}) {
      Host host(listen_address(key.transport));
      const PeerProcess client(peer_core, {vscclient, "--log-level", "warning", "--vsc",
                                           "connect:" + host.address(), "--card", card});
      host.wait_for_card();
      measure(
          host,
          [&](std::string_view what) -> Samples& { return samples_of(name + std::string(what)); },
          kLength);
    }
  });
  report.print(format);
}

/// A reader between a guest and a card, and readers that are idle.
void measure_readers(Format format, const std::string& program) {
  Report report(kRelayedFloor);
  run_rounds([&](Report::Key key, unsigned peer_core) {
    const auto samples_of = [&](std::string_view what) -> Samples& {
      key.what = what;
      return report.samples(key);
    };
    measure_relayed_floor(samples_of(kRelayedFloor), key.transport, peer_core, kLength);
    measure_reader(samples_of("reader"), program, key.transport, peer_core, kLength);
  });
  report.print(format);
  std::vector<IdleCost> costs;
  const unsigned core = choose_cores().front();
  for (const std::size_t count : {1U, 100U, 1000U}) {
    costs.push_back(measure_idle_readers(program, count, core, kIdleLength));
  }
  print(costs, format);
}

int run(std::vector<std::string> words) {
  const Format format = std::erase(words, "--json") > 0 ? Format::Json : Format::Table;
  std::signal(SIGPIPE, SIG_IGN);  // a failed write tells
  const std::string what = words.empty() ? "" : words.front();
  if (what == "host" && words.size() == 4) {
    measure_host(format, words[1], words[2], words[3]);
  } else if (what == "first-card" && words.size() == 2) {
    measure_first_card(words[1], format);
  } else if (what == "readers" && words.size() == 2) {
    measure_readers(format, words[1]);
  } else if (what == "captures" && words.size() == 1) {
    measure_captures(format);
  } else if (what == "exchanges" && words.size() == 2) {
    serve_exchanges(std::stoull(words[1]));
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
