#include "bench/report.hpp"

#include <fmt/core.h>

namespace vscard::bench {

constexpr double kMedian = 0.5;
constexpr double kP99 = 0.99;

Samples& Report::samples(const Key& key) {
  const auto [at, added] = samples_.try_emplace(key);
  if (added) order_.push_back(key);
  return at->second;
}

void Report::print(Format format) const { format == Format::Json ? print_json() : print_table(); }

void Report::print_table() const {
  fmt::print("{:41}{:^29}   {:^29}\n", "", "both sides on one core", "each on its own");
  fmt::print("{:41}", "");
  for (const char* gap : {"   ", "\n"}) {
    fmt::print("{:>9} {:>9} {:>9}{}", "median", "p99", "x floor", gap);
  }
  for (const Key& key : order_) {
    if (key.cores != 1) continue;
    fmt::print("{:5} {:35}", key.transport, key.what);
    for (const unsigned cores : {1U, 2U}) {
      const Key cell{.transport = key.transport, .what = key.what, .cores = cores};
      const auto found = samples_.find(cell);
      if (found == samples_.end()) continue;
      const Samples& samples = found->second;
      fmt::print("{:9.1f} {:9.1f} {:9.1f}{}", samples.quantile(kMedian), samples.quantile(kP99),
                 ratio(cell), cores == 1 ? "   " : "");
    }
    fmt::print("\n");
  }
}

void Report::print_json() const {
  for (const Key& key : order_) {
    const Samples& samples = samples_.at(key);
    fmt::print(
        R"({{"transport": "{}", "what": "{}", "cores": {}, "count": {}, "median_us": {:.2f}, )"
        R"("p99_us": {:.2f}, "times_floor": {:.2f}}})"
        "\n",
        key.transport, key.what, key.cores, samples.count(), samples.quantile(kMedian),
        samples.quantile(kP99), ratio(key));
  }
}

double Report::ratio(const Key& key) const {
  const Samples& floor =
      samples_.at({.transport = key.transport, .what = floor_, .cores = key.cores});
  return samples_.at(key).quantile(kMedian) / floor.quantile(kMedian);
}

}  // namespace vscard::bench
