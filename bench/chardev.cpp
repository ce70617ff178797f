// Usage: chardev-bench LISTEN [KEYS]
// A small command's median and 99th percentile, in microseconds, between a host session, which
// listens at the address LISTEN, and a client session of ours, whose card answers at once, both on
// one core. KEYS follow the address in the client.

#include "bench/host.hpp"
#include "bench/instant_card.hpp"
#include "bench/peer_process.hpp"
#include "bench/rounds.hpp"
#include "bench/samples.hpp"
#include "chardev/program_transports.hpp"

#include <fmt/core.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <unistd.h>

using namespace vscard;
using namespace vscard::bench;

namespace {

constexpr int kTries = 50;
constexpr useconds_t kPause = 20'000;  ///< microseconds
constexpr std::array<std::uint8_t, 5> kCommand{0x00, 0xc0, 0x00, 0x00, 0x00};

/// Over NATS the host begins to listen when it runs.
void serve(const std::string& address) {
  for (int tries = 0; tries < kTries; ++tries) {
    try {
      serve_instant_card(address, Acknowledge::AtOnce, chardev::program_transports());
      return;
    } catch (const std::runtime_error&) {
      ::usleep(kPause);
    }
  }
  serve_instant_card(address, Acknowledge::AtOnce, chardev::program_transports());
}

void measure(const std::string& listen, const std::string& keys) {
  const unsigned core = choose_cores().front();
  pin_to_core(core);
  Host host(listen, chardev::program_transports());
  const PeerProcess client(core, [address = host.address() + keys] { serve(address); });
  host.wait_for_card();
  Samples samples;
  samples.collect(kLength, [&host] { host.exchange(kCommand); });
  fmt::print("{:.1f} {:.1f}\n", samples.quantile(0.5), samples.quantile(0.99));
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a failed write tells
  try {
    if (argc < 2 || argc > 3) throw std::runtime_error("usage: chardev-bench LISTEN [KEYS]");
    measure(argv[1], argc == 3 ? argv[2] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chardev-bench: %s\n", error.what());
    return 1;
  }
}
