// Usage: spice-bench tcp | spice | spice+tls CERTIFICATE KEY
// A small command's median and 99th percentile, in microseconds, between a host session and a
// client session of ours, whose card answers at once, both on one core. One way a run: there is one
// SPICE server a process.

#include "bench/host.hpp"
#include "bench/instant_card.hpp"
#include "bench/peer_process.hpp"
#include "bench/rounds.hpp"
#include "bench/samples.hpp"
#include "chardev/spice/smartcard/client.hpp"
#include "chardev/spicevmc/spicevmc.hpp"

#include <fmt/core.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace vscard;
using namespace vscard::bench;

namespace {

constexpr std::array<const chardev::Transport*, 4> kTransports{
    &chardev::kTcp, &chardev::spicevmc::kSpicevmc, &chardev::spice::smartcard::kSpice,
    &chardev::spice::smartcard::kSpiceTls};
constexpr std::array<std::uint8_t, 5> kCommand{0x00, 0xc0, 0x00, 0x00, 0x00};

[[noreturn]] void measure(const std::string& way, const std::string& certificate,
                          const std::string& key) {
  const bool tls = way == "spice+tls";
  std::string listen = way == "tcp" ? "tcp://127.0.0.1:0" : "spicevmc://127.0.0.1:0";
  if (tls) listen += ",cert=" + certificate + ",key=" + key;
  const unsigned core = choose_cores().front();
  pin_to_core(core);
  Host host(listen, kTransports);
  const std::string socket = host.address().substr(host.address().find(':'));
  std::optional<PeerProcess> client(std::in_place, core,
                                    [address = way + socket + (tls ? ",ca=" + certificate : "")] {
                                      serve_instant_card(address, Acknowledge::AtOnce, kTransports);
                                    });
  host.wait_for_card();
  Samples samples;
  samples.collect(kLength, [&host] { host.exchange(kCommand); });
  fmt::print("{:.1f} {:.1f}\n", samples.quantile(0.5), samples.quantile(0.99));
  std::fflush(stdout);
  client.reset();
  std::_Exit(0);  // the SPICE server has timers that never end, for which the host would wait
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a failed write tells
  try {
    if (argc != 4) throw std::runtime_error("usage: spice-bench tcp|spice|spice+tls CERT KEY");
    measure(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "spice-bench: %s\n", error.what());
    return 1;
  }
}
