#include "bench/samples.hpp"

#include <algorithm>

namespace vscard::bench {

void Samples::collect(std::chrono::milliseconds length, const std::function<void()>& round_trip) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now() + length / 10;
  while (Clock::now() < begin) round_trip();
  auto start = Clock::now();
  do {
    round_trip();
    const auto end = Clock::now();
    add(end - start);
    start = end;
  } while (start < begin + length);
}

void Samples::add(std::chrono::nanoseconds time) {
  microseconds_.push_back(std::chrono::duration<double, std::micro>(time).count());
}

double Samples::quantile(double part) const {
  auto sorted = microseconds_;
  const auto last = static_cast<double>(sorted.size() - 1);
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(part * last);
  std::ranges::nth_element(sorted, at);
  return *at;
}

}  // namespace vscard::bench
