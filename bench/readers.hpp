#pragma once

#include "bench/report.hpp"
#include "bench/samples.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::bench {

/// How long a command takes through a reader: a guest here, ccid-passthru on the peer's core, and
/// there too a client that answers at once.
void measure_reader(Samples& samples, const std::string& program, std::string_view transport,
                    unsigned peer_core, std::chrono::milliseconds length);

/// Guest and client of one reader, for a program that is started by hand: prints the addresses, for
/// --vsc and --usbredir, that it has to connect to, and gives it so many commands.
void serve_exchanges(std::uint64_t count);

/// What so many readers cost that nobody uses: each has a guest and a powered card.
struct IdleCost {
  std::size_t readers = 0;
  double resident_kib = 0;       ///< of the whole program
  double cpu_us_per_second = 0;  ///< likewise
};
IdleCost measure_idle_readers(const std::string& program, std::size_t readers, unsigned peer_core,
                              std::chrono::milliseconds length);
/// The first one is what the others are compared with.
void print(const std::vector<IdleCost>& costs, Format format);

}  // namespace vscard::bench
