#include "bench/readers.hpp"

#include "bench/instant_card.hpp"
#include "bench/peer_process.hpp"
#include "bench/process.hpp"
#include "bench/usbredir_guest.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace vscard::bench {
namespace {

/// ccid-passthru with readers that all connect here. Their clients and guests come in any order.
class ReaderProgram {
 public:
  ReaderProgram(const std::string& program, std::size_t readers, std::string_view transport,
                unsigned core)
      : vsc_(transport, fmt::format("vsc-bench-{}-vsc", ::getpid())),
        usbredir_(transport, fmt::format("vsc-bench-{}-usbredir", ::getpid())),
        process_(core, words(program, readers)) {}

  Socket accept_client() const { return vsc_.accept(); }
  Socket accept_guest() const { return usbredir_.accept(); }
  pid_t pid() const { return process_.pid(); }

 private:
  std::vector<std::string> words(const std::string& program, std::size_t readers) const {
    std::vector<std::string> words{program, "--log-level", "error"};
    for (std::size_t i = 0; i < readers; ++i) {
      words.insert(words.end(),
                   {"--reader", fmt::format("r{}", i), "--vsc", "connect:" + vsc_.address(),
                    "--usbredir", "connect:" + usbredir_.address()});
    }
    return words;
  }

  Listener vsc_;
  Listener usbredir_;
  PeerProcess process_;
};

/// VSC's greeting, a reader and its card, and what a host has to say to each.
void insert_card(const Socket& client) {
  using Bytes = std::vector<std::uint8_t>;
  const Bytes init{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 12, 'V', 'S', 'C', 'D', 0, 0, 0, 2, 0, 0, 0, 0};
  const Bytes add{0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 'r'};
  const Bytes atr{0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2, 0x3b, 0x00};
  for (const Bytes& message : {init, add, atr}) client.send(message);
  Bytes answers(24 + 16 + 16);
  client.receive(answers);
}

/// Two descriptors a reader, there and here.
void allow_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void measure_reader(Samples& samples, const std::string& program, std::string_view transport,
                    unsigned peer_core, std::chrono::milliseconds length) {
  const ReaderProgram reader(program, 1, transport, peer_core);
  const Socket link = reader.accept_client();
  const PeerProcess client(peer_core, [&link] { serve_instant_card(link); });
  UsbredirGuest guest(reader.accept_guest());
  guest.power_on();
  samples.collect(length, [&guest] { guest.exchange(); });
}

void serve_exchanges(std::uint64_t count) {
  const Listener vsc("unix", fmt::format("vsc-bench-{}-vsc", ::getpid()));
  const Listener usbredir("unix", fmt::format("vsc-bench-{}-usbredir", ::getpid()));
  fmt::print("connect:{} connect:{}\n", vsc.address(), usbredir.address());
  std::fflush(stdout);
  const Socket link = vsc.accept();
  const PeerProcess client({}, [&link] { serve_instant_card(link); });
  UsbredirGuest guest(usbredir.accept());
  guest.power_on();
  while (count-- > 0) guest.exchange();
}

IdleCost measure_idle_readers(const std::string& program, std::size_t readers, unsigned peer_core,
                              std::chrono::milliseconds length) {
  allow_descriptors();
  const ReaderProgram reader(program, readers, "unix", peer_core);
  std::vector<Socket> clients;
  std::vector<std::unique_ptr<UsbredirGuest>> guests;
  for (std::size_t i = 0; i < readers; ++i) {
    clients.push_back(reader.accept_client());
    insert_card(clients.back());
  }
  for (std::size_t i = 0; i < readers; ++i) {
    guests.push_back(std::make_unique<UsbredirGuest>(reader.accept_guest()));
    guests.back()->power_on();
  }
  const double before = cpu_time(reader.pid());
  std::this_thread::sleep_for(length);
  const double used = cpu_time(reader.pid()) - before;
  return {.readers = readers,
          .resident_kib = resident_kib(reader.pid()),
          .cpu_us_per_second = used / std::chrono::duration<double>(length).count()};
}

void print(const std::vector<IdleCost>& costs, Format format) {
  if (format == Format::Table) {
    fmt::print("\n{:20}{:>12}{:>20}{:>20}\n", "idle readers", "RSS, KiB", "KiB a further one",
               "CPU, us a second");
  }
  const IdleCost& first = costs.front();
  for (const IdleCost& cost : costs) {
    const auto further = static_cast<double>(cost.readers - first.readers);
    const double each = further > 0 ? (cost.resident_kib - first.resident_kib) / further : 0;
    if (format == Format::Table) {
      fmt::print("{:<20}{:>12.0f}{:>20.1f}{:>20.0f}\n", cost.readers, cost.resident_kib, each,
                 cost.cpu_us_per_second);
    } else {
      fmt::print(R"({{"idle_readers": {}, "rss_kib": {:.0f}, "kib_a_further_one": {:.1f}, )"
                 R"("cpu_us_per_second": {:.0f}}})"
                 "\n",
                 cost.readers, cost.resident_kib, each, cost.cpu_us_per_second);
    }
  }
}

}  // namespace vscard::bench
