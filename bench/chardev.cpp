// Usage: chardev-bench LISTEN CONNECT | exec:COMMAND | card
// A small command's median and 99th percentile, in microseconds, between a host session, which
// listens at the address LISTEN, and a client session of ours, which connects to CONNECT, and whose
// card answers at once; both are on one core. PORT in CONNECT is the one that the host listens on.
// Or the host starts the COMMAND, which is chardev-bench card: the client on standard streams.

#include "bench/host.hpp"
#include "bench/instant_card.hpp"
#include "bench/peer_process.hpp"
#include "bench/rounds.hpp"
#include "bench/samples.hpp"
#include "chardev/program_transports.hpp"
#include "chardev/stdio.hpp"

#include <fmt/core.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

using namespace vscard;
using namespace vscard::bench;

namespace {

constexpr int kTries = 50;
constexpr useconds_t kPause = 20'000;  ///< microseconds
constexpr std::array<const chardev::Transport*, 1> kStreams{&chardev::kStdio};
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

/// The port follows the last colon, and a path may follow it.
std::string with_port(std::string address, const std::string& host) {
  constexpr std::string_view kPort = "PORT";
  const std::string port = host.substr(host.rfind(':') + 1);
  const std::size_t at = address.find(kPort);
  if (at != std::string::npos) address.replace(at, kPort.size(), port.substr(0, port.find('/')));
  return address;
}

void measure(const std::string& listen, const std::string& connect) {
  const unsigned core = choose_cores().front();
  pin_to_core(core);
  Host host(listen, chardev::program_transports());
  std::optional<PeerProcess> client;
  if (!connect.empty()) {
    client.emplace(core, [address = with_port(connect, host.address())] { serve(address); });
  }
  host.wait_for_card();
  Samples samples;
  samples.collect(kLength, [&host] { host.exchange(kCommand); });
  fmt::print("{:.1f} {:.1f}\n", samples.quantile(0.5), samples.quantile(0.99));
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a failed write tells
  try {
    if (argc < 2 || argc > 3) {
      throw std::runtime_error("usage: chardev-bench LISTEN CONNECT | exec:COMMAND | card");
    }
    if (argv[1] == std::string_view("card")) {
      serve_instant_card("stdio:", Acknowledge::AtOnce, kStreams);
    } else {
      measure(argv[1], argc == 3 ? argv[2] : "");
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chardev-bench: %s\n", error.what());
    return 1;
  }
}
